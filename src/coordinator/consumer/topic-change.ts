import type { TopicImage } from '../commands.ts'
import type { GroupEvent } from '../group-event.ts'

/** The topics of a group as it last saw them: id and partition count by name, of those that exist. */
export type SeenTopics = ReadonlyMap<string, { readonly topicId: string | undefined; readonly partitionCount: number }>

export interface TopicChange {
  readonly trigger: Extract<
    GroupEvent['trigger'],
    'topic-created' | 'topic-deleted' | 'topic-partitions-added' | 'topic-change'
  >
  readonly reason: string
}

export function seenTopics(names: Iterable<string>, topics: TopicImage): SeenTopics {
  const seen = new Map<string, { readonly topicId: string | undefined; readonly partitionCount: number }>()
  for (const name of names) {
    const partitionCount = topics.partitionCount(name)
    if (partitionCount !== undefined) seen.set(name, { topicId: topics.topicId(name), partitionCount })
  }
  return seen
}

/** What has happened to the topics of a group. @param before undefined when it was before a restart. */
export function topicChange(before: SeenTopics | undefined, now: SeenTopics): TopicChange {
  const unknown = 'topics of the group were created, deleted or got more partitions'
  if (before === undefined) return { trigger: 'topic-change', reason: unknown }
  const created: string[] = []
  const deleted: string[] = []
  const grown: string[] = []
  for (const [name, { topicId, partitionCount }] of now) {
    const old = before.get(name)
    if (old === undefined) created.push(name)
    else if (old.topicId !== topicId) {
      deleted.push(name)
      created.push(name)
    } else if (old.partitionCount !== partitionCount) grown.push(name)
  }
  for (const name of before.keys()) if (!now.has(name)) deleted.push(name)
  const parts = [
    ...(created.length > 0 ? [`created: ${list(created)}`] : []),
    ...(deleted.length > 0 ? [`deleted: ${list(deleted)}`] : []),
    ...(grown.length > 0 ? [`with more partitions: ${list(grown)}`] : []),
  ]
  if (parts.length === 0) return { trigger: 'topic-change', reason: unknown }
  const reason = `topics of the group were ${parts.join('; ')}`
  if (parts.length > 1) return { trigger: 'topic-change', reason }
  if (created.length > 0) return { trigger: 'topic-created', reason: `topics were created: ${list(created)}` }
  if (deleted.length > 0) return { trigger: 'topic-deleted', reason: `topics were deleted: ${list(deleted)}` }
  return { trigger: 'topic-partitions-added', reason: `topics got more partitions: ${list(grown)}` }
}

const NAMES_SHOWN = 5

function list(names: readonly string[]): string {
  const shown = names.slice(0, NAMES_SHOWN).join(', ')
  return names.length > NAMES_SHOWN ? `${shown} and ${names.length - NAMES_SHOWN} more` : shown
}
