import { type CommandEntry, DEFAULT_COMMAND } from './command-entry.ts'
import { configsCommands } from './configs/index.ts'
import { groupsCommands } from './groups/index.ts'
import { topicsCommands } from './topics/index.ts'

export { addEntries, type CommandEntry, DEFAULT_COMMAND } from './command-entry.ts'

/** All commands, in the order of --help. */
export const commandEntries: readonly CommandEntry[] = [
  {
    name: DEFAULT_COMMAND,
    summary: 'run a broker (the default command)',
    load: async () => (await import('./broker.ts')).brokerCommand(),
  },
  {
    name: 'groups',
    summary: 'look at consumer groups of any Kafka cluster, and change them',
    commands: groupsCommands,
  },
  {
    name: 'produce',
    summary: 'send records to a topic, line by line',
    load: async () => (await import('./records/produce.ts')).produceCommand(),
  },
  {
    name: 'consume',
    summary: 'print records of a topic, alone or as a member of a group',
    load: async () => (await import('./records/consume.ts')).consumeCommand(),
  },
  { name: 'configs', summary: 'configs of topics, brokers and groups', commands: configsCommands },
  {
    name: 'cluster',
    summary: 'id, brokers, controller, features and API versions of a cluster',
    load: async () => (await import('./cluster.ts')).clusterCommand(),
  },
  { name: 'topics', summary: 'look at topics of any Kafka cluster, and change them', commands: topicsCommands },
  {
    name: 'exporter',
    summary: 'serve metrics of the groups of any Kafka cluster to Prometheus',
    load: async () => (await import('./exporter.ts')).exporterCommand(),
  },
  {
    name: 'health',
    summary: 'ask a broker whether it takes requests: exit code 0 if so, 1 if not',
    load: async () => (await import('./health.ts')).healthCommand(),
  },
  {
    name: 'completion',
    summary: 'completion of commands and options for a shell',
    load: async () => (await import('./completion.ts')).completionCommand(commandEntries),
  },
]
