import type { ErrorName } from '../../wire/index.ts'

/** Why a request is not served, in Kafka's words. */
export interface Refusal {
  readonly error: Exclude<ErrorName, 'NONE'>
  readonly message: string | null
}

export function refuse(error: Refusal['error'], message: string | null = null): Refusal {
  return { error, message }
}

export function isRefusal(value: object | undefined): value is Refusal {
  return value !== undefined && 'error' in value
}
