import { onAbort } from './on-abort.ts'

/** Aborts with the first of those that it joins, and their reason, until `forget`. */
export interface JoinedSignals {
  readonly signal: AbortSignal
  forget(): void
}

/**
 * As `AbortSignal.any`, for signals that outlive what is done under both: Node 20 keeps something of each call of that as long as the signals live
 * (nodejs/node#54614), which grows without end where it is called for each commit. Call `forget` when it is done.
 */
export function joinSignals(first: AbortSignal, second: AbortSignal | undefined): JoinedSignals {
  if (second === undefined) return { signal: first, forget: () => {} }
  const joined = new AbortController()
  const follow = (signal: AbortSignal): (() => void) => {
    if (signal.aborted) joined.abort(signal.reason)
    return onAbort(signal, () => joined.abort(signal.reason))
  }
  const forgets = [follow(first), follow(second)]
  return {
    signal: joined.signal,
    forget: () => {
      for (const forget of forgets) forget()
    },
  }
}
