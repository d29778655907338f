import type { CommandEntry } from '../command-entry.ts'

/** `kohort configs …`, in the order of --help. */
export const configsCommands: readonly CommandEntry[] = [
  {
    name: 'describe',
    summary: 'what is configured for a topic, a broker or a group',
    load: async () => (await import('./describe.ts')).describeConfigsCommand(),
  },
  {
    name: 'set',
    summary: 'set configs, and leave the others alone',
    load: async () => (await import('./set.ts')).setConfigsCommand(),
  },
  {
    name: 'delete',
    summary: 'set configs back to their defaults',
    load: async () => (await import('./delete.ts')).deleteConfigsCommand(),
  },
]
