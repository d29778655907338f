import { type OptionSet, type OptionSpecs, parseOptions } from './jopt.ts'
import { err, out, UsageError } from './tool-output.ts'

/** Options of Apache Kafka 4.2's kafka-topics.sh. */
export const topicsSpecs: OptionSpecs = {
  alter: { description: 'Give topics more partitions. (For configs there is kohort topics alter.)' },
  'at-min-isr-partitions': {
    description: 'Describe only partitions with just as many in-sync replicas as configured.',
  },
  'bootstrap-server': { argument: 'server to connect to', description: 'REQUIRED: a broker, or several.' },
  'command-config': {
    argument: 'command config property file',
    description: "A properties file with the client's configs.",
  },
  config: { argument: 'name=value', description: 'A config of the topic that is created; may be given several times.' },
  create: { description: 'Create a topic.' },
  delete: { description: 'Delete topics.' },
  'delete-config': { argument: 'name', description: 'Not supported since Kafka 4.0.' },
  describe: { description: 'Show topics with their partitions.' },
  'exclude-internal': { description: "Leave Kafka's own topics out when listing or describing." },
  help: { description: 'Print usage information.' },
  'if-exists': { description: 'Alter, delete or describe only if the topic exists.' },
  'if-not-exists': { description: 'A topic that exists already is no failure of --create.' },
  list: { description: 'List all topics.' },
  'partition-size-limit-per-response': {
    argument: 'maximum number of partitions per response',
    type: 'Integer',
    description: 'Taken, and without effect on what is shown.',
  },
  partitions: { argument: '# of partitions', type: 'Integer', description: 'For --create and --alter.' },
  'replica-assignment': {
    argument: 'broker_id_for_part1_replica1:broker_id_for_part1_replica2,broker_id_for_part2_replica1:...',
    description: 'Which brokers have the partitions, for --create and --alter.',
  },
  'replication-factor': { argument: 'replication factor', type: 'Integer', description: 'For --create.' },
  topic: { argument: 'topic', description: 'A topic; except for --create a regular expression for whole names.' },
  'topic-id': { argument: 'topic-id', description: 'A topic to describe, by its id.' },
  'topics-with-overrides': { description: 'Describe only topics with configs of their own.' },
  'unavailable-partitions': { description: 'Describe only partitions without a leader that lives.' },
  'under-min-isr-partitions': { description: 'Describe only partitions with fewer in-sync replicas than configured.' },
  'under-replicated-partitions': { description: 'Describe only partitions with replicas that are not in sync.' },
  version: { description: 'Display the Kafka version whose tool this is like.' },
}

const actions = ['alter', 'create', 'describe', 'list', 'delete'] as const
type Action = (typeof actions)[number]
const reports = [
  'under-replicated-partitions',
  'under-min-isr-partitions',
  'at-min-isr-partitions',
  'unavailable-partitions',
]

/** No address of a broker: said without the usage. */
export class MissingServerError extends Error {}

/** Reads and checks the options, in the order and with the sentences of Kafka's tool. @throws UsageError, OptionException, MissingServerError */
export function parseTopicsOptions(args: readonly string[]): OptionSet {
  const options = parseOptions(args, topicsSpecs)
  const has = (name: string): boolean => options.has(name)
  if (args.length === 0 || has('help') || has('version')) return options
  if (actions.filter(has).length !== 1)
    throw new UsageError('Command must include exactly one action: --list, --describe, --create, --alter or --delete')
  if (has('delete-config')) {
    err(
      'delete-config option is no longer supported and deprecated since version 4.0. The config will be fully removed in future releases.\n',
    )
  }
  if (!has('bootstrap-server')) throw new MissingServerError('--bootstrap-server must be specified')
  if (has('describe') && has('if-exists')) {
    if (!has('topic') && !has('topic-id')) throw new UsageError('--topic or --topic-id is required to describe a topic')
    if (has('topic') && has('topic-id'))
      out(
        'Only topic id will be used when both --topic and --topic-id are specified and topicId is not Uuid.ZERO_UUID\n',
      )
  }
  if (!has('list') && !has('describe')) need('topic')
  if (has('alter')) {
    if (has('config'))
      throw new UsageError(
        'Option combination "[bootstrap-server],[config]" can\'t be used with option "[alter]" (To alter topic configurations, the kafka-configs tool can be used.)',
      )
    need('partitions')
  }
  onlyWith('config', ['alter', 'create'])
  onlyWith('partitions', ['alter', 'create'])
  onlyWith('replication-factor', ['create'])
  onlyWith('replica-assignment', ['alter', 'create'])
  if (has('create')) refuse('replica-assignment', ['partitions', 'replication-factor'])
  for (const report of reports) onlyWith(report, ['describe'], ['topics-with-overrides'])
  onlyWith('topics-with-overrides', ['describe'], reports)
  onlyWith('if-exists', ['alter', 'delete', 'describe'])
  onlyWith('if-not-exists', ['create'])
  onlyWith('exclude-internal', ['list', 'describe'])
  return options

  function need(name: string): void {
    if (!has(name)) throw new UsageError(`Missing required argument "[${name}]"`)
  }

  function onlyWith(used: string, allowed: readonly Action[], refused: readonly string[] = []): void {
    refuse(used, [...actions.filter((action) => !allowed.includes(action)), ...refused])
  }

  function refuse(used: string, others: readonly string[]): void {
    const other = has(used) ? others.find(has) : undefined
    if (other !== undefined) throw new UsageError(`Option "[${used}]" can't be used with option "[${other}]"`)
  }
}
