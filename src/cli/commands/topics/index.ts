import type { CommandEntry } from '../command-entry.ts'

/** `kohort topics …`, in the order of --help. */
export const topicsCommands: readonly CommandEntry[] = [
  {
    name: 'create',
    summary: 'create a topic',
    load: async () => (await import('./create.ts')).createTopicCommand(),
  },
]
