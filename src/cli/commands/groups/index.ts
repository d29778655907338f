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
    name: 'reset-offsets',
    summary: 'set where groups without members go on; shows a plan first',
    load: async () => (await import('./reset-offsets.ts')).resetOffsetsCommand(),
  },
  {
    name: 'delete',
    summary: 'delete groups without members, with their offsets',
    load: async () => (await import('./delete.ts')).deleteGroupsCommand(),
  },
  {
    name: 'delete-offsets',
    summary: 'forget what a group has committed in topics',
    load: async () => (await import('./delete-offsets.ts')).deleteOffsetsCommand(),
  },
  {
    name: 'remove-members',
    summary: 'put members out of a group',
    load: async () => (await import('./remove-members.ts')).removeMembersCommand(),
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
  {
    name: 'watch',
    summary: 'groups, or all about one, live on the whole terminal',
    load: async () => (await import('./watch.ts')).watchCommand(),
  },
]
