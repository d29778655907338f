import { Command, Option } from 'commander'
import type { Kafka } from '../../../client/index.ts'
import { LagMonitor } from '../../../tools/lag/index.ts'
import { readGroupTimeline, type TimelineEntry } from '../../../tools/timeline/index.ts'
import { addConnectOptions, type ConnectOptions, withKafka } from '../../connect.ts'
import { UsageError } from '../../exit-code.ts'
import { parseDurationMs } from './since.ts'
import { renderWatch, type WatchView } from './watch-view.ts'

interface Options extends ConnectOptions {
  readonly interval: string
}

export function watchCommand(): Command {
  const command = new Command()
    .argument('[group]', 'with its members, partitions and last rebalances (default: all groups, a line each)')
    .addOption(new Option('--interval <time>', 'between two looks').default('2s'))
  return addConnectOptions(command).action(watch)
}

async function watch(groupId: string | undefined, options: Options): Promise<void> {
  const intervalMs = parseDurationMs(options.interval, '--interval')
  if (!process.stdout.isTTY)
    throw new UsageError('kohort groups watch needs a terminal; kohort groups lag --output json is for scripts.')
  await withKafka(options, async (kafka, signal) => {
    const ended = new AbortController()
    await show(kafka, { groupId, intervalMs, ended, signal: AbortSignal.any([signal, ended.signal]) })
  })
}

interface ShowOptions {
  readonly groupId: string | undefined
  readonly intervalMs: number
  /** Is aborted by the keys that end it. */
  readonly ended: AbortController
  readonly signal: AbortSignal
}

const HOUR_MS = 3_600_000
const EVENTS_MAX = 50
/** Rates follow what happens within about this time: whoever watches wants to see it move. */
const RATE_MS = 10_000

async function show(kafka: Kafka, { groupId, intervalMs, ended, signal }: ShowOptions): Promise<void> {
  const timeline: TimelineEntry[] = []
  let view: WatchView = { snapshot: undefined, groupId, timeline, failure: undefined, intervalMs }
  const terminal = openTerminal({ onEnd: () => ended.abort(), onResize: () => draw() })
  const draw = (): void => terminal.draw(renderWatch(view, terminal.screen()))
  const monitor = new LagMonitor({
    admin: kafka.admin(),
    intervalMs,
    ...(groupId !== undefined && { includesGroup: (one: string) => one === groupId }),
    rules: { rateMs: RATE_MS },
    onSnapshot: (snapshot) => {
      view = { ...view, snapshot, failure: undefined }
      draw()
    },
    onFailure: (error) => {
      view = { ...view, failure: error instanceof Error ? error.message : String(error) }
      draw()
    },
  })
  try {
    draw()
    monitor.start()
    const following = groupId === undefined ? undefined : follow(kafka, groupId, { timeline, signal, draw })
    await aborted(signal)
    await following
  } finally {
    terminal.close()
    await monitor.close()
  }
}

/** What happens to the group, as far as this client may read it. */
async function follow(
  kafka: Kafka,
  groupId: string,
  {
    timeline,
    signal,
    draw,
  }: { readonly timeline: TimelineEntry[]; readonly signal: AbortSignal; readonly draw: () => void },
): Promise<void> {
  const sinceMs = Date.now() - HOUR_MS
  try {
    for await (const entry of readGroupTimeline(kafka, { groupId, sinceMs, follow: true, signal })) {
      timeline.push(entry)
      if (timeline.length > EVENTS_MAX) timeline.shift()
      draw()
    }
  } catch {
    // The rest of the screen says what is wrong with the cluster; that a topic may not be read takes nothing from it.
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}

const ALTERNATE_SCREEN = '\x1b[?1049h\x1b[?25l'
const NORMAL_SCREEN = '\x1b[?25h\x1b[?1049l'
const CTRL_C = '\x03'

/** The terminal as a screen of lines; `close` gives it back as it was. */
function openTerminal({ onEnd, onResize }: { onEnd(): void; onResize(): void }) {
  const { stdin, stdout, env } = process
  const isColoured = (env.NO_COLOR ?? '') === '' && env.TERM !== 'dumb'
  const onKey = (bytes: Buffer): void => {
    if (bytes.includes('q') || bytes.includes(CTRL_C)) onEnd()
  }
  stdout.write(ALTERNATE_SCREEN)
  if (stdin.isTTY) stdin.setRawMode(true).on('data', onKey).resume()
  stdout.on('resize', onResize)
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, onEnd)
  let isOpen = true
  return {
    screen: () => ({ width: stdout.columns, height: stdout.rows, isColoured }),
    draw(lines: readonly string[]): void {
      if (isOpen) stdout.write(`\x1b[H${lines.map((text) => `${text}\x1b[K`).join('\r\n')}\x1b[J`)
    },
    close(): void {
      isOpen = false
      if (stdin.isTTY) stdin.setRawMode(false).off('data', onKey).pause()
      stdout.off('resize', onResize)
      for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.off(name, onEnd)
      stdout.write(NORMAL_SCREEN)
    },
  }
}
