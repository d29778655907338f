const waiting = new WeakMap<AbortSignal, Set<() => void>>()

/**
 * Calls `fn` when the signal aborts, unless the returned function is called before; one that is aborted already calls nothing. Whoever waits by one signal shares one listener: a thousand sends by
 * the signal of a shutdown are no leak, of which Node warns at eleven listeners.
 */
export function onAbort(signal: AbortSignal, fn: () => void): () => void {
  let all = waiting.get(signal)
  if (all === undefined) {
    const added = new Set<() => void>()
    signal.addEventListener('abort', () => added.forEach((one) => void one()), { once: true })
    waiting.set(signal, added)
    all = added
  }
  const set = all
  set.add(fn)
  return () => void set.delete(fn)
}
