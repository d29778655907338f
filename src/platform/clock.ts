/**
 * Time, handed in from the composition root. The only other source of time in src/ is lint-banned, so that tests run on a
 * virtual clock and a paused process can be told from a slow peer.
 */
export interface Clock {
  /** Milliseconds since an arbitrary start; never goes back. Sessions, timeouts and deadlines use it. */
  monotonicMs(): number
  /** Milliseconds since the epoch. Record timestamps, retention and offset expiry use it; it may jump. */
  wallMs(): number
  /** Calls `fn` once, in a later turn, when `monotonicMs()` has reached `deadlineMs`; does not keep the process alive. */
  at(deadlineMs: number, fn: () => void): Cancel
}

export interface Cancel {
  /** Harmless after the call has happened. */
  cancel(): void
}
