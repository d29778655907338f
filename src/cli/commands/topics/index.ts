import type { CommandEntry } from '../command-entry.ts'

/** `kohort topics …`, in the order of --help. */
export const topicsCommands: readonly CommandEntry[] = [
  {
    name: 'list',
    summary: 'names of topics',
    load: async () => (await import('./list.ts')).listTopicsCommand(),
  },
  {
    name: 'create',
    summary: 'create a topic',
    load: async () => (await import('./create.ts')).createTopicCommand(),
  },
  {
    name: 'describe',
    summary: 'partitions of topics, with leaders and offsets',
    load: async () => (await import('./describe.ts')).describeTopicsCommand(),
  },
  {
    name: 'alter',
    summary: 'give a topic more partitions, or other configs',
    load: async () => (await import('./alter.ts')).alterTopicCommand(),
  },
  {
    name: 'delete',
    summary: 'delete topics',
    load: async () => (await import('./delete.ts')).deleteTopicsCommand(),
  },
]
