// Makes src/broker/configs/generated/ from the jars of Apache Kafka 4.2 (its ConfigDefs say names, types, defaults, ranges, documentation),
// and docs/configuration.md from that table. Run it again when Kafka's release changes, and read the difference.
//   node scripts/generate-configs.js          the table and the page (needs Java 17 and the jars; see KAFKA_JARS below)
//   node scripts/generate-configs.js --page   the page only
import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const generated = join(root, 'src/broker/configs/generated')
/** A folder with the jars of kafka_2.13 4.2.0 and all that it needs. */
const jars = process.env.KAFKA_JARS ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'real-kafka-4.2.0')

if (!process.argv.includes('--page')) {
  const dump = JSON.parse(run('java', ['-cp', join(jars, '*'), join(root, 'scripts/configs/DumpConfigDefs.java')]))
  const resources = {
    broker: [
      ...dump.broker.map((row) => definition(row, brokerFields(dump, row))),
      // Not in server.properties, only dynamic: Kafka keeps them apart.
      ...dump.brokerQuota.map((row) => definition(row, { dynamicOnly: true })),
    ],
    topic: dump.topic.map((row) => definition(row, topicFields(dump, row))),
    group: dump.group.map((row) => definition(row, groupFields(dump, row))),
    clientMetrics: dump.clientMetrics.map((row) => definition(row, {})),
  }
  const documentation = {
    broker: [...dump.broker, ...dump.brokerQuota].map(documented),
    topic: dump.topic.map(documented),
    group: dump.group.map(documented),
    clientMetrics: dump.clientMetrics.map(documented),
  }
  mkdirSync(generated, { recursive: true })
  const why = 'One JSON text, parsed when first asked for, so that importing it costs no start-up time.'
  write(
    'definitions.ts',
    'definitionsJson',
    `Configs of Apache Kafka 4.2: name, type, default, valid values, how they change. ${why}`,
    resources,
  )
  write(
    'documentation.ts',
    'documentationJson',
    `What Apache Kafka 4.2 says of each config (Apache License 2.0). ${why}`,
    documentation,
  )
}
run('npx', ['vitest', 'run', '--project', 'unit', 'test/broker/configs/configuration-page.test.ts', '--update'])

function documented({ name, documentation }) {
  return { name, documentation }
}

function definition(row, more) {
  return {
    name: row.name,
    type: row.type,
    default: row.default,
    ...(row.required ? { required: true } : {}),
    ...(row.validator === undefined ? {} : { validator: validator(row) }),
    importance: row.importance,
    ...(row.internal ? { internal: true } : {}),
    ...more,
  }
}

function brokerFields(dump, row) {
  const dynamic = dump.updateModes[row.name]
  return {
    ...(dynamic === undefined ? {} : { dynamic }),
    ...(dump.perListenerOnly.includes(row.name) ? { perListenerOnly: true } : {}),
  }
}

function topicFields(dump, row) {
  const synonyms = dump.topicSynonyms[row.name]
  if (synonyms === undefined) return {}
  return { brokerConfigs: synonyms.map(({ name, factor }) => ({ name, factor: Number(factor) })) }
}

function groupFields(dump, row) {
  const name = dump.groupSynonyms[row.name]
  return name === undefined ? {} : { brokerConfigs: [{ name, factor: 1 }] }
}

/** Only the kinds that occur; an unknown one stops the generator, so that no check is lost without notice. */
function validator(row) {
  const { class: className, text, min, max, values, emptyAllowed, nullAllowed } = row.validator
  const kind = className.split(/[.$]/).at(-1)
  switch (kind) {
    case 'Range':
      return { kind: 'range', ...(min === null ? {} : { min }), ...(max === null ? {} : { max }) }
    case 'ValidString':
      return { kind: 'one-of', values }
    case 'CaseInsensitiveValidString':
      return { kind: 'one-of-any-case', values }
    case 'ValidList':
      return { kind: 'list-of', values, emptyAllowed, nullAllowed }
    case 'NonEmptyString':
      return { kind: 'non-empty' }
    case 'NonNullValidator':
      return { kind: 'non-null' }
    case 'LambdaValidator': {
      const levels = /^\[(\d+),\.\.\.,(\d+)\] or (-?\d+)$/.exec(text)
      if (levels === null) throw new Error(`${row.name}: a validator that only says "${text}"`)
      return { kind: 'level', min: levels[1], max: levels[2], default: levels[3] }
    }
    case 'ThrottledReplicaListValidator':
      return { kind: 'throttled-replicas' }
    case 'ControllerQuorumVotersValidator':
    case 'ControllerQuorumBootstrapServersValidator':
      return { kind: 'controller-quorum' }
    case 'Validator':
      if (className.includes('ShareGroupAutoOffsetResetStrategy')) return { kind: 'share-auto-offset-reset' }
  }
  throw new Error(`${row.name}: unknown validator ${className}`)
}

/** One config a line, so that a difference between two releases can be read. */
function write(file, constant, comment, resources) {
  const body = Object.entries(resources)
    .map(
      ([resource, rows]) => `${JSON.stringify(resource)}:[\n${rows.map((row) => JSON.stringify(row)).join(',\n')}\n]`,
    )
    .join(',\n')
  const json = `{${body}}`.replaceAll('`', '\\u0060').replaceAll('${', '\\u0024{')
  const text = `// Generated by scripts/generate-configs.js from the jars of Apache Kafka 4.2.0; do not edit.\n\n/** ${comment} */\nexport const ${constant} = ${json.includes('\\') ? 'String.raw' : ''}\`${json}\`\n`
  writeFileSync(join(generated, file), text)
}

function run(command, args) {
  const { status, stdout, error } = spawnSync(command, args, {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  })
  if (error !== undefined || status !== 0) {
    process.stderr.write(`${stdout ?? ''}\n${command} ${args.join(' ')} failed\n`)
    process.exit(1)
  }
  return stdout
}
