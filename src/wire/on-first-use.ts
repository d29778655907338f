/** By Node's own way to `module`: an import of it would load what only loaders of modules need. */
const required = (name: string): unknown => process.getBuiltinModule('node:module').createRequire(import.meta.url)(name)

/**
 * A native codec, of a package or of Node's own: it takes milliseconds to load, and most processes never need it, or can load it while they wait for
 * something else. Loaded by the first call.
 */
export function onFirstUse<T>(name: string): () => T {
  let loaded: T | undefined
  return () => {
    loaded ??= required(name) as T
    return loaded
  }
}
