import type { CommandEntry } from '../command-entry.ts'

/** `kohort groups …`, in the order of --help. */
export const groupsCommands: readonly CommandEntry[] = [
  {
    name: 'list',
    summary: 'groups of all types, with their states',
    load: async () => (await import('./list.ts')).listGroupsCommand(),
  },
  {
    name: 'timeline',
    summary: 'what happened to a group, and why',
    load: async () => (await import('./timeline.ts')).timelineCommand(),
  },
]
