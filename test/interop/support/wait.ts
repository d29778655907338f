import { setTimeout as pause } from 'node:timers/promises'

/** How long a condition may take on a busy machine with two cores. Long on purpose: only a broken test waits so long. */
export const defaultDeadlineMs = 60_000

type Truthy<T> = Exclude<T, undefined | null | false | 0 | ''>

/**
 * Waits until `condition` gives a true value, and gives that value; looks again every 20 ms.
 * @param description what is awaited, for the error.
 * @param options.details called for the error: the state of whatever should have made the condition true.
 */
export async function waitUntil<T>(
  description: string,
  condition: () => T | Promise<T>,
  options: { readonly deadlineMs?: number; readonly details?: () => string } = {},
): Promise<Truthy<T>> {
  const deadlineMs = options.deadlineMs ?? defaultDeadlineMs
  const end = performance.now() + deadlineMs
  for (;;) {
    const value = await condition()
    if (value) return value as Truthy<T>
    if (performance.now() > end) {
      throw new Error(`waited ${deadlineMs} ms in vain for ${description}\n${options.details?.() ?? ''}`)
    }
    await pause(20)
  }
}
