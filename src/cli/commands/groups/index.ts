import type { CommandEntry } from '../command-entry.ts'

/** `kohort groups …`, in the order of --help. */
export const groupsCommands: readonly CommandEntry[] = [
  {
    name: 'list',
    summary: 'groups of all types, with their states',
    load: async () => (await import('./list.ts')).listGroupsCommand(),
  },
  {
    name: 'describe',
    summary: 'where groups are in their partitions, and who has these',
    load: async () => (await import('./describe.ts')).describeGroupsCommand(),
  },
  {
    name: 'members',
    summary: 'members of groups, with what they have',
    load: async () => (await import('./members.ts')).groupMembersCommand(),
  },
  {
    name: 'state',
    summary: 'states of groups, their assignors and coordinators',
    load: async () => (await import('./state.ts')).groupStateCommand(),
  },
  {
    name: 'lag',
    summary: 'how far groups are behind, by topic',
    load: async () => (await import('./lag.ts')).groupLagCommand(),
  },
  {
    name: 'timeline',
    summary: 'what happened to a group, and why',
    load: async () => (await import('./timeline.ts')).timelineCommand(),
  },
  {
    name: 'explain',
    summary: 'what is wrong with a group, with evidence and what to do',
    load: async () => (await import('./explain.ts')).explainCommand(),
  },
  {
    name: 'simulate',
    summary: 'what another assignor, more members or more partitions would change',
    load: async () => (await import('./simulate.ts')).simulateCommand(),
  },
]
