import { KafkaError } from '../kafka-error.ts'

/** Where a partition begins that has no committed offset, or one outside of its log (`auto.offset.reset`). */
export type ResetStrategy =
  | { readonly kind: 'earliest' | 'latest' | 'none' }
  /** KIP-1106: at the first record that is not older; at the end where there is none. */
  | { readonly kind: 'by_duration'; readonly durationMs: number }

const DURATION = /^(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d{1,9})?)S)?)?$/i
const BY_DURATION = 'by_duration:'

/** Reads a value of `auto.offset.reset`. @throws KafkaError INVALID_CONFIG */
export function parseResetStrategy(value: string): ResetStrategy {
  const text = value.toLowerCase()
  if (text === 'earliest' || text === 'latest' || text === 'none') return { kind: text }
  const durationMs = text.startsWith(BY_DURATION) ? durationOf(value.slice(BY_DURATION.length)) : undefined
  if (durationMs !== undefined) return { kind: 'by_duration', durationMs }
  throw new KafkaError(
    'INVALID_CONFIG',
    `autoOffsetReset is earliest, latest, none or by_duration:DURATION with an ISO-8601 duration such as PT1H or P3D, not ${value}`,
  )
}

/** The part of ISO-8601 that java.time.Duration reads, without signs. */
function durationOf(text: string): number | undefined {
  if (!/^P/i.test(text)) return undefined
  const match = DURATION.exec(text.slice(1))
  if (match === null || match.slice(1).every((part) => part === undefined)) return undefined
  const [days = 0, hours = 0, minutes = 0, seconds = 0] = match.slice(1).map((part) => Number(part ?? 0))
  return (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000
}
