/**
 * A configuration key: what may stand there, and what stands there when nothing is said. Its name is that of the table's property, and
 * Kafka's is the same with dots: `sessionTimeoutMs` is `session.timeout.ms`, without exception.
 */
export interface Key<T, D extends T | undefined = T | undefined> {
  readonly default: D
  /** What is expected, for the message of an error: 'a whole number of at least 0'. */
  readonly expected: string
  accepts(value: unknown): boolean
  /** From a properties file; undefined where the text is no such value, or the key cannot be given as text. */
  parse(text: string): T | undefined
}

export type Keys = { readonly [name: string]: Key<unknown, unknown> }

/** The values of a table, defaults included; undefined where there is no default. */
export type Resolved<K extends Keys> = {
  readonly [N in keyof K]: K[N] extends Key<infer T, infer D> ? (undefined extends D ? T | undefined : T) : never
}

/** What a table accepts: all optional. For checking that an interface, with its docs, says the same. */
export type Given<K extends Keys> = {
  readonly [N in keyof K]?: K[N] extends Key<infer T> ? T | undefined : never
}

/** Of an int32, which is what Kafka has for most numbers. */
export const INT_MAX = 2 ** 31 - 1

export interface Range {
  readonly min?: number
  readonly max?: number
}

export function integer<D extends number | undefined>(
  fallback: D,
  { min = 0, max = INT_MAX }: Range = {},
): Key<number, D> {
  const accepts = (value: unknown): boolean =>
    Number.isInteger(value) && (value as number) >= min && (value as number) <= max
  return {
    default: fallback,
    expected: max < INT_MAX ? `a whole number from ${min} to ${max}` : `a whole number of at least ${min}`,
    accepts,
    parse: (text) => (/^-?\d+$/.test(text) && accepts(Number(text)) ? Number(text) : undefined),
  }
}

export function boolean<D extends boolean | undefined>(fallback: D): Key<boolean, D> {
  return {
    default: fallback,
    expected: 'true or false',
    accepts: (value) => typeof value === 'boolean',
    parse: (text) => (text === 'true' ? true : text === 'false' ? false : undefined),
  }
}

export function text<D extends string | undefined>(fallback: D): Key<string, D> {
  return {
    default: fallback,
    expected: 'a string',
    accepts: (value) => typeof value === 'string',
    parse: (value) => value,
  }
}

/** Of these words, as Kafka spells them; a file may spell them in other cases. */
export function oneOf<const T extends string, D extends T | undefined>(values: readonly T[], fallback: D): Key<T, D> {
  return {
    default: fallback,
    expected: `one of ${values.map((value) => `'${value}'`).join(', ')}`,
    accepts: (value) => (values as readonly unknown[]).includes(value),
    parse: (value) => values.find((one) => one.toLowerCase() === value.toLowerCase()),
  }
}

/** Several strings; a single one may contain commas, as in a properties file. */
export function list<D extends readonly string[] | undefined>(fallback: D): Key<string | readonly string[], D> {
  return {
    default: fallback,
    expected: 'a list of strings',
    accepts: (value) =>
      typeof value === 'string' || (Array.isArray(value) && value.every((item) => typeof item === 'string')),
    parse: splitList,
  }
}

export function splitList(value: string | readonly string[]): readonly string[] {
  const parts = typeof value === 'string' ? value.split(',') : value
  return parts.map((part) => part.trim()).filter((part) => part !== '')
}

/** What code gives and no file can: functions and objects. */
export function given<T>(expected: string, accepts: (value: unknown) => boolean): Key<T, undefined> {
  return { default: undefined, expected, accepts, parse: () => undefined }
}

export function isFunction(value: unknown): boolean {
  return typeof value === 'function'
}

export function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null
}

/** `sessionTimeoutMs` → `session.timeout.ms` */
export function dottedName(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `.${letter.toLowerCase()}`)
}

/** `session.timeout.ms` → `sessionTimeoutMs` */
export function camelName(name: string): string {
  return name.replace(/[._-]+([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
}
