import { type OptionSet, type OptionSpecs, parseOptions } from './jopt.ts'
import { UsageError } from './tool-output.ts'

/** Options of Apache Kafka 4.2's kafka-consumer-groups.sh. */
export const consumerGroupsSpecs: OptionSpecs = {
  'all-groups': { description: 'All consumer groups.' },
  'all-topics': { description: 'All topics in which the group has committed offsets.' },
  'bootstrap-server': {
    argument: 'server to connect to',
    description: 'A broker, or several. REQUIRED, except with --validate-regex.',
  },
  'by-duration': { argument: 'duration', description: "Reset to so long ago: 'PnDTnHnMnS'" },
  'command-config': {
    argument: 'command config property file',
    description: "A properties file with the client's configs.",
  },
  delete: { description: 'Delete groups with their offsets.' },
  'delete-offsets': { description: 'Delete offsets of a group in topics.' },
  describe: { description: 'Show where groups are in their partitions.' },
  'dry-run': { description: 'Only show what --reset-offsets would do.' },
  execute: { description: 'Let --reset-offsets do it.' },
  export: { description: 'Print what --reset-offsets does as CSV.' },
  'from-file': { argument: 'path to CSV file', description: 'Reset to the offsets of a CSV file.' },
  group: { argument: 'consumer group', description: 'A group; may be given several times.' },
  help: { description: 'Print usage information.' },
  list: { description: 'List all consumer groups.' },
  members: { description: 'Describe members.', availableIf: ['describe'] },
  offsets: { description: 'Describe offsets; the default.', availableIf: ['describe'] },
  'reset-offsets': {
    description:
      'Set the offsets of groups without members. Wants one of --to-datetime, --by-duration, --to-earliest, --to-latest, --shift-by, --from-file, ' +
      '--to-current, --to-offset, and --all-topics or --topic unless there is a file. Done only with --execute.',
  },
  'shift-by': {
    argument: 'number-of-offsets',
    type: 'Long',
    description: 'Shift offsets, forward or (negative) back.',
  },
  state: {
    argument: 'state',
    isOptional: true,
    description:
      "With --describe: describe states. With --list: show states, or only groups in these ('stable,empty').",
    availableIf: ['describe', 'list'],
  },
  timeout: {
    argument: 'timeout (ms)',
    type: 'Long',
    description: 'Longest wait for the cluster. (default: 30000)',
  },
  'to-current': { description: 'Reset to where they are.' },
  'to-datetime': { argument: 'datetime', description: "Reset to a time: 'YYYY-MM-DDThh:mm:ss.sss'" },
  'to-earliest': { description: 'Reset to the beginning of the log.' },
  'to-latest': { description: 'Reset to the end of the log.' },
  'to-offset': { argument: 'offset', type: 'Long', description: 'Reset to an offset.' },
  topic: {
    argument: 'topic',
    description:
      'A topic whose offsets are reset or deleted; may be given several times. topic1:0,1,2 means these partitions of it.',
  },
  type: {
    argument: 'type',
    isOptional: true,
    description: "With --list: show types, or only groups of these ('classic,consumer').",
    availableIf: ['list'],
  },
  'validate-regex': { argument: 'regex', description: 'Say whether brokers (RE2) take a regular expression.' },
  verbose: { description: 'Describe with more columns.', availableIf: ['describe'] },
  version: { description: 'Display the Kafka version whose tool this is like.' },
}

const scenarios = [
  'shift-by',
  'from-file',
  'to-datetime',
  'by-duration',
  'to-latest',
  'to-current',
  'to-earliest',
  'to-offset',
] as const

/** Reads and checks the options, in the order and with the sentences of Kafka's tool. @throws UsageError, OptionException */
export function parseConsumerGroupsOptions(args: readonly string[]): OptionSet {
  const options = parseOptions(args, consumerGroupsSpecs)
  const has = (name: string): boolean => options.has(name)
  if (args.length === 0 || has('help') || has('version')) return options
  if (!has('validate-regex')) require(has('bootstrap-server'), 'Missing required argument "[bootstrap-server]"')
  if (has('describe')) {
    require(hasGroups(), 'Option [describe] takes one of these options: [group], [all-groups]')
    const views = ['members', 'offsets', 'state']
    require(views.filter(has).length <= 1, `Option [describe] takes at most one of these options: ${bracketed(views)}`)
    require(options.values('state').length === 0, 'Option [describe] does not take a value for [state]')
  }
  if (has('delete')) {
    require(hasGroups(), 'Option [delete] takes one of these options: [group], [all-groups]')
    require(!has('topic'), 'The consumer does not support topic-specific offset deletion from a consumer group.')
  }
  if (has('delete-offsets'))
    require(has('group') && has('topic'), 'Option [delete-offsets] takes the following options: [group], [topic]')
  if (has('reset-offsets')) checkReset()
  if (has('group')) refuse('group', ['all-groups', 'list'])
  if (has('topic')) refuse('topic', ['list', 'describe'])
  return options

  function checkReset(): void {
    require(!has('dry-run') || !has('execute'), 'Option [reset-offsets] only accepts one of [execute] and [dry-run]')
    if (!has('dry-run') && !has('execute')) {
      process.stderr.write(
        'WARN: No action will be performed as the --execute option is missing. ' +
          'In version 5.0, this command will require either --dry-run or --execute to be specified. ' +
          'You should add the --dry-run option explicitly if you are scripting this command and want to keep the current default behavior without prompting.\n',
      )
    }
    require(hasGroups(), 'Option [reset-offsets] takes one of these options: [group], [all-groups]')
    for (const one of [
      'to-offset',
      'to-datetime',
      'by-duration',
      'to-earliest',
      'to-latest',
      'to-current',
      'shift-by',
      'from-file',
    ]) {
      if (has(one))
        refuse(
          one,
          scenarios.filter((other) => other !== one),
        )
    }
  }

  function hasGroups(): boolean {
    return has('group') || has('all-groups')
  }

  function refuse(used: string, others: readonly string[]): void {
    const other = others.find(has)
    require(other === undefined, `Option "[${used}]" can't be used with option "[${other}]"`)
  }
}

/** The sentence for a reset that does not say to where. */
export const NO_SCENARIO = `Option '[reset-offsets]' requires one of the following scenarios: [${bracketed(scenarios)}]`

function bracketed(names: readonly string[]): string {
  return names.map((name) => `[${name}]`).join(', ')
}

function require(condition: boolean, sentence: string): void {
  if (!condition) throw new UsageError(sentence)
}
