import { type Given, integer } from './keys.ts'

export interface AdminConfig {
  /** Longest wait of calls without a timeout of their own, retries included, in ms; default that of `new Kafka()`. */
  readonly defaultApiTimeoutMs?: number | undefined
}

export const adminKeys = { defaultApiTimeoutMs: integer(undefined) } as const

type Same<A, B> = [A, B] extends [B, A] ? true : never
const isSame: Same<Required<AdminConfig>, Required<Given<typeof adminKeys>>> = true
void isSame
