// Writes the message schemas of src/wire from Kafka's own definitions, once: from then on they are owned by hand, and
// test/wire/facts.test.ts compares them with the definitions. Run again only for a new Kafka version, into a folder of
// its own, and merge: node scripts/generate-messages.js test/facts/kafka-4.2-messages.jsonl OUT_DIR
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fieldDocs, messageDoc } from './message-docs.js'

const [factsFile, outDir] = process.argv.slice(2)
const facts = readFileSync(factsFile, 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line))
const PRIMITIVES = [
  'bool',
  'int8',
  'int16',
  'uint16',
  'int32',
  'uint32',
  'int64',
  'float64',
  'string',
  'uuid',
  'bytes',
  'records',
]

const camel = (name) => name.charAt(0).toLowerCase() + name.slice(1)
const kebab = (name) =>
  name
    .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1-$2')
    .toLowerCase()

function parse(text) {
  if (text === 'none') return [0, -1]
  const match = /^(\d+)(?:-(\d+)|(\+))?$/.exec(text)
  const low = Number(match[1])
  return [low, match[3] ? Infinity : match[2] === undefined ? low : Number(match[2])]
}
const covers = ([a, b], [c, d]) => a <= c && b >= d
const intersect = ([a, b], [c, d]) => [Math.max(a, c), Math.min(b, d)]

function defaultCode(field) {
  const value = field.default
  if (value === undefined || value === null) return undefined
  if (value === 'null') return 'null'
  if (field.type === 'string') return `'${value}'`
  if (field.type === 'bool') return String(value)
  if (field.type === 'int64') return `${BigInt(value)}n`
  return String(Number(value))
}

function fieldCode(field, parents, common, used, path) {
  const versions = parse(field.versions ?? field.taggedVersions)
  const effective = intersect(versions, parents)
  const options = []
  if (!covers(versions, parents)) options.push(`versions: '${field.versions ?? field.taggedVersions}'`)
  if (field.nullableVersions) options.push(`nullable: '${field.nullableVersions}'`)
  const value = defaultCode(field)
  if (value !== undefined) options.push(`default: ${value}`)
  if (field.tag !== undefined) {
    const tagged = parse(field.taggedVersions)
    if (!covers(tagged, effective)) throw new Error(`${path}: tagged in some versions only`)
    options.push(`tag: ${field.tag}`)
  }
  if (field.ignorable) options.push('ignorable: true')
  if (field.flexibleVersions) options.push(`flexible: '${field.flexibleVersions}'`)
  const last = options.length > 0 ? `{ ${options.join(', ')} }` : ''
  const call = (name, first) => `${used.add(name) && name}(${[first, last].filter(Boolean).join(', ')})`
  const isArray = field.type.startsWith('[]')
  const element = isArray ? field.type.slice(2) : field.type
  if (PRIMITIVES.includes(element)) {
    return isArray ? call('array', `${used.add(element) && element}()`) : call(element, '')
  }
  const fields = common.has(element)
    ? `${camel(element)}Fields`
    : structCode(field.fields, effective, common, used, path)
  return call(isArray ? 'array' : 'struct', fields)
}

function structCode(fields, parents, common, used, path) {
  const lines = fields.map((field) => {
    const at = `${path}.${camel(field.name)}`
    const doc = fieldDocs[at] ?? fieldDocs[camel(field.name)]
    return `${doc ? `/** ${doc} */\n` : ''}${camel(field.name)}: ${fieldCode(field, parents, common, used, at)},`
  })
  return `{\n${lines.join('\n')}\n}`
}

function messageCode(definition, used) {
  const name = camel(definition.name)
  const valid = parse(definition.validVersions)
  const common = new Set((definition.commonStructs ?? []).map((struct) => struct.name))
  const out = []
  // Structs may use each other: innermost first.
  const structs = [...(definition.commonStructs ?? [])]
  const written = new Set()
  const write = (struct) => {
    if (written.has(struct.name)) return
    written.add(struct.name)
    for (const field of struct.fields) {
      const inner = structs.find((other) => other.name === field.type.replace('[]', ''))
      if (inner) write(inner)
    }
    const parents = intersect(parse(struct.versions), valid)
    out.push(`const ${camel(struct.name)}Fields = ${structCode(struct.fields, parents, common, used, struct.name)}\n`)
  }
  for (const struct of structs) write(struct)
  const spec = [
    `name: '${definition.name}'`,
    `type: '${definition.type}'`,
    ...(definition.apiKey === undefined ? [] : [`apiKey: ${definition.apiKey}`]),
    `versions: '${definition.validVersions}'`,
    `flexible: '${definition.flexibleVersions}'`,
  ]
  const doc = messageDoc(definition)
  if (doc) out.push(`/** ${doc} */`)
  out.push(
    `export const ${name} = message({ ${spec.join(', ')} }, () => (${structCode(definition.fields, valid, common, used, definition.name)}))`,
    `export interface ${definition.name} extends Infer<typeof ${name}.fields> {}`,
    `export interface ${definition.name}Input extends Input<typeof ${name}.fields> {}\n`,
  )
  // Requests and responses share a file, and may have common structs of one name.
  const prefix = definition.type === 'response' ? 'response' : ''
  let code = out.join('\n')
  if (prefix) for (const struct of common) code = code.replaceAll(`${camel(struct)}Fields`, `response${struct}Fields`)
  return code
}

function writeModule(path, definitions) {
  const used = new Set()
  const body = definitions.map((definition) => messageCode(definition, used)).join('\n')
  const up = '../'.repeat(path.split('/').length - 1) || './'
  const imports = [
    `import { message } from '${up}message.ts'`,
    `import type { Infer, Input } from '${up}schema.ts'`,
    ...(used.size > 0 ? [`import { ${[...used].sort().join(', ')} } from '${up}schema.ts'`] : []),
  ]
  const file = join(outDir, path)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, `${imports.join('\n')}\n\n${body}`)
}

const apis = new Map()
const recordModules = new Map()
for (const definition of facts) {
  if (definition.type === 'request' || definition.type === 'response') {
    apis.set(definition.apiKey, [...(apis.get(definition.apiKey) ?? []), definition])
  } else if (definition.type.startsWith('coordinator-')) {
    const base = definition.name.replace(/(Key|Value)$/, '')
    recordModules.set(base, [...(recordModules.get(base) ?? []), definition])
  }
}

const messageModules = []
for (const [key, definitions] of [...apis].sort(([a], [b]) => a - b)) {
  const base = definitions[0].name.replace(/Request$/, '')
  const file = `${key}-${kebab(base)}.ts`
  const [lowest, highest = lowest] = definitions[0].validVersions.split('-')
  messageModules.push({ key, base, file, versions: `${lowest}, ${highest}` })
  writeModule(
    `messages/${file}`,
    definitions.sort((a, b) => (a.type < b.type ? -1 : 1)),
  )
}
const records = [...recordModules].map(([base, definitions]) => {
  writeModule(
    `record-schemas/${kebab(base)}.ts`,
    definitions.sort((a, b) => (a.type < b.type ? -1 : 1)),
  )
  return `${kebab(base)}.ts`
})
const data = (...names) => facts.filter((definition) => names.includes(definition.name))
writeModule('headers.ts', data('RequestHeader', 'ResponseHeader'))
writeModule('consumer-protocol.ts', data('ConsumerProtocolSubscription', 'ConsumerProtocolAssignment'))
writeModule('principal.ts', data('DefaultPrincipalData'))
writeModule(
  'record-schemas/control.ts',
  data(
    'EndTxnMarker',
    'LeaderChangeMessage',
    'SnapshotHeaderRecord',
    'SnapshotFooterRecord',
    'KRaftVersionRecord',
    'VotersRecord',
  ),
)
writeFileSync(
  join(outDir, 'messages/index.ts'),
  `${messageModules.map(({ file }) => `export * from './${file}'`).join('\n')}\n`,
)
writeFileSync(
  join(outDir, 'record-schemas/index.ts'),
  `${['control.ts', ...records].map((file) => `export * from './${file}'`).join('\n')}\n`,
)
writeFileSync(
  join(outDir, 'api-keys.ts'),
  [
    '/** Key by name: `ApiKey.JoinGroup` is 11. All APIs of Kafka 4.2, those between brokers and controllers included. */',
    'export const ApiKey = {',
    ...messageModules.map(({ key, base }) => `  ${base}: ${key},`),
    '} as const',
    '',
    '/** Name of an API. */',
    'export type ApiName = keyof typeof ApiKey',
    '',
    '/** The versions that the schemas describe: lowest and highest. */',
    'export const apiVersions: { readonly [Name in ApiName]: readonly [number, number] } = {',
    ...messageModules.map(({ base, versions }) => `  ${base}: [${versions}],`),
    '}',
    '',
  ].join('\n'),
)
writeFileSync(
  join(outDir, 'api-list.ts'),
  [
    '/** APIs by name, with the types of their messages: for code that knows which one it speaks. A bundle has only those that its code names. */',
    "import { type Api, api } from './api.ts'",
    "import * as messages from './messages/index.ts'",
    '',
    ...messageModules.map(({ base }) => {
      const types = ['Request', 'RequestInput', 'Response', 'ResponseInput'].map((part) => `messages.${base}${part}`)
      const both = `messages.${camel(base)}Request, messages.${camel(base)}Response`
      return `export const ${base}: Api<${types.join(', ')}> = api('${base}', ${both})`
    }),
    '',
  ].join('\n'),
)
