import { insteadOf } from './foreign-keys.ts'
import { camelName, dottedName, type Key, type Keys } from './keys.ts'
import { nearest } from './nearest.ts'
import { withPemFiles } from './pem-files.ts'
import { type ConfigTable, invalid } from './resolve.ts'

/** Names with dots and values as text: an object, a Map, or the text of a Java properties file. */
export type Properties = string | ReadonlyMap<string, string> | Readonly<Record<string, string | number | boolean>>

/**
 * Properties by the tables that have them: a file of a Java application serves its consumers and its producers.
 * @throws KafkaError INVALID_CONFIG for names that nobody has, and values that do not fit
 */
export function configsOf(properties: Properties, tables: readonly ConfigTable[]): readonly Record<string, unknown>[] {
  const configs = tables.map((): Record<string, unknown> => ({}))
  for (const [name, value] of withPemFiles(entries(properties))) {
    let isKnown = false
    for (const [index, { keys }] of tables.entries()) {
      const camel = camelName(name)
      const key = Object.hasOwn(keys, camel) && dottedName(camel) === name ? keys[camel] : undefined
      if (key === undefined) continue
      configs[index]![camel] = parsed(name, key, value)
      isKnown = true
    }
    if (!isKnown)
      throw unknown(
        name,
        tables.map(({ keys }) => keys),
      )
  }
  return configs
}

function parsed(name: string, key: Key<unknown, unknown>, value: string): unknown {
  const result = key.parse(value)
  if (result === undefined) throw invalid(`${name} must be ${key.expected}, and is '${value}'`)
  return result
}

function unknown(name: string, tables: readonly Keys[]): Error {
  const instead = insteadOf(name)
  if (instead !== undefined) return invalid(`there is no ${name}; what there is instead: ${instead}`)
  const names = tables.flatMap((keys) => Object.keys(keys).map(dottedName))
  if (names.includes(dottedName(name))) return invalid(`${name} is written ${dottedName(name)} in properties`)
  const near = nearest(name, names)
  return invalid(`there is no ${name}${near === undefined ? '' : `; did you mean ${near}?`}`)
}

function entries(properties: Properties): ReadonlyMap<string, string> {
  if (typeof properties === 'string') return parseProperties(properties)
  if (typeof properties !== 'object' || properties === null)
    throw invalid('properties are an object, a Map, or the text of a properties file')
  if (properties instanceof Map) return properties as ReadonlyMap<string, string>
  return new Map(Object.entries(properties).map(([name, value]) => [name, String(value)]))
}

/** As java.util.Properties reads them: comments, continued lines, `=` or `:`, escapes. */
export function parseProperties(text: string): ReadonlyMap<string, string> {
  const properties = new Map<string, string>()
  const lines = text.split(/\r?\n/)
  for (let i = 0; i < lines.length; i++) {
    let line = lines[i]!.trimStart()
    if (line === '' || line.startsWith('#') || line.startsWith('!')) continue
    while (/(?:^|[^\\])(?:\\\\)*\\$/.test(line) && i + 1 < lines.length)
      line = line.slice(0, -1) + lines[++i]!.trimStart()
    const match = /^((?:[^\\=:\s]|\\.)*)\s*[=:]?\s*(.*)$/s.exec(line)!
    properties.set(unescaped(match[1]!), unescaped(match[2]!.trimEnd()))
  }
  return properties
}

function unescaped(text: string): string {
  return text.replaceAll(/\\(u[\da-fA-F]{4}|.)/gs, (_, escaped: string) => {
    if (escaped.length === 5) return String.fromCharCode(Number.parseInt(escaped.slice(1), 16))
    return ({ n: '\n', t: '\t', r: '\r', f: '\f' } as Readonly<Record<string, string>>)[escaped] ?? escaped
  })
}
