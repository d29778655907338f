import { printable } from './style.ts'

/** A line on the terminal that says what a command is at. */
export interface Progress {
  /** Says something else. */
  update(text: string): void
  /** Takes the line away; before results are printed. */
  end(): void
}

const PATIENCE_MS = 400

/** Shows what is done on stderr, once it has taken a moment; nothing where stderr is no terminal. */
export function startProgress(text: string, { stderr } = process): Progress {
  if (!stderr.isTTY) return { update: () => {}, end: () => {} }
  let current = text
  let isShown = false
  const show = (): void => {
    isShown = true
    stderr.write(`\r\x1b[K${printable(current).slice(0, stderr.columns - 1)}`)
  }
  const timer = setTimeout(show, PATIENCE_MS).unref()
  return {
    update(next) {
      current = next
      if (isShown) show()
    },
    end() {
      clearTimeout(timer)
      if (isShown) stderr.write('\r\x1b[K')
      isShown = false
    },
  }
}
