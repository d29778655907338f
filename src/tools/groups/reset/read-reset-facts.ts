import type { Admin, AdminCallOptions, GroupOffset } from '../../../client/index.ts'
import { KafkaError } from '../../../client/index.ts'
import { readPartitionEnds } from '../../lag/index.ts'
import type { ResetFacts, ResetTarget } from './reset-plan.ts'

/** What a plan needs to know, and of which partitions it could not be found out. */
export interface ReadResetFacts {
  readonly facts: readonly ResetFacts[]
  /** Partitions of which not enough is known, by `topic-partition`, with a sentence. */
  readonly problems: ReadonlyMap<string, string>
}

/**
 * What a plan needs to know of partitions: what the group has committed there, where their logs begin and end, and for a time the offset at that time.
 * @throws KafkaError where the group's offsets cannot be read
 */
export async function readResetFacts(
  admin: Admin,
  groupId: string,
  partitions: readonly { readonly topic: string; readonly partition: number }[],
  target: ResetTarget,
  { signal, timeoutMs }: Pick<AdminCallOptions, 'signal' | 'timeoutMs'> = {},
): Promise<ReadResetFacts> {
  const options = { signal, timeoutMs, partial: true }
  const committed = await readCommitted(admin, groupId, { signal, timeoutMs })
  const ends = await readPartitionEnds(admin, partitions, { signal, timeoutMs })
  const existing = partitions.filter(({ topic, partition }) => ends.get(`${topic}-${partition}`)?.state === 'known')
  const times =
    target.to === 'time'
      ? await admin.listOffsets(
          existing.map((place) => ({ ...place, spec: { timestamp: target.timestampMs } })),
          options,
        )
      : undefined
  const problems = new Map<string, string>()
  const facts: ResetFacts[] = []
  for (const { topic, partition } of partitions) {
    const key = `${topic}-${partition}`
    const found = ends.get(key)
    const failure = times?.failures.get(key)
    if (found?.state !== 'known') problems.set(key, found?.reason ?? 'it cannot be read')
    else if (failure !== undefined) problems.set(key, failure.message)
    else {
      const { logStartOffset, logEndOffset } = found
      const offsetAtTime = times?.get(key)?.offset
      facts.push({ topic, partition, committedOffset: committed.get(key), logStartOffset, logEndOffset, offsetAtTime })
    }
  }
  return { facts, problems }
}

/** Committed offsets of a group by `topic-partition`; none where the group does not exist. */
export async function readCommitted(
  admin: Admin,
  groupId: string,
  { signal, timeoutMs }: Pick<AdminCallOptions, 'signal' | 'timeoutMs'> = {},
): Promise<ReadonlyMap<string, bigint>> {
  const committed = await admin.listGroupOffsets([groupId], { signal, timeoutMs, partial: true })
  const failure = committed.failures.get(groupId)
  if (failure !== undefined && failure.code !== 'GROUP_ID_NOT_FOUND') throw failure
  const offsets: readonly GroupOffset[] = committed.get(groupId) ?? []
  const wrong = offsets.find(({ error }) => error !== undefined)
  if (wrong?.error !== undefined)
    throw new KafkaError(wrong.error.code, `${wrong.topic}-${wrong.partition}: ${wrong.error.message}`)
  return new Map(
    offsets.flatMap(({ topic, partition, offset }): [string, bigint][] =>
      offset < 0n ? [] : [[`${topic}-${partition}`, offset]],
    ),
  )
}
