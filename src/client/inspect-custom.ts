/** The name of `util.inspect`'s hook, as Node documents it: importing `node:util` for it would load all that `util` gives access to. */
export const inspectCustom = Symbol.for('nodejs.util.inspect.custom')
