import type { CommandEntry } from './command-entry.ts'
import { groupsCommands } from './groups/index.ts'
import { topicsCommands } from './topics/index.ts'

export { addEntries, type CommandEntry } from './command-entry.ts'

/** What `kohort` runs without a word. */
export const DEFAULT_COMMAND = 'broker'

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
]
