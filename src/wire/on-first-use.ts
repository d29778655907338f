import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)

/** A package that takes milliseconds to load, and that most processes never need: a native codec. Loaded by the first call. */
export function onFirstUse<T>(name: string): () => T {
  let loaded: T | undefined
  return () => {
    loaded ??= require(name) as T
    return loaded
  }
}
