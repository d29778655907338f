import { UsageError } from '../../exit-code.ts'

const unitMs = { ms: 1, s: 1_000, m: 60_000, min: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const

/** A length of time as people write it: '90s', '15m', '1h', '2d'; in ms. @throws UsageError */
export function parseDurationMs(text: string, option: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*(ms|s|min|m|h|d|w)$/.exec(text.trim())
  if (match === null) throw new UsageError(`${option} ${text} is no length of time; write 90s, 15m, 1h or 2d.`)
  return Number(match[1]) * unitMs[match[2] as keyof typeof unitMs]
}

/** When something begins: so long ago ('1h'), or at a time ('2026-11-21T10:00:00Z'); ms since the epoch. @throws UsageError */
export function parseSince(text: string, nowMs: number, option = '--since'): number {
  if (/^\d{4}-\d{2}-\d{2}/.test(text)) {
    const timeMs = Date.parse(text)
    if (Number.isNaN(timeMs)) throw new UsageError(`${option} ${text} is no time; write it as 2026-11-21T10:00:00Z.`)
    return timeMs
  }
  return nowMs - parseDurationMs(text, option)
}
