import type { Admin, GroupDescription } from '../../client/index.ts'
import { Results } from '../../client/index.ts'
import { partitionLag } from '../lag/group-lag.ts'
import {
  type GroupLag,
  type PartitionLag,
  type ReadGroupLagOptions,
  readGroupLag,
  readPartitionEnds,
} from '../lag/index.ts'

/** Lag of described groups, of all types. Share groups commit no offsets: where their records begin that are not done with stands in their place. */
export async function readLagOfGroups(
  admin: Admin,
  groups: readonly GroupDescription[],
  options: ReadGroupLagOptions,
): Promise<Results<GroupLag>> {
  const shareIds = groups.filter(({ type }) => type === 'share').map(({ groupId }) => groupId)
  const consuming = groups.filter(({ type }) => type !== 'share')
  const lags = await readGroupLag(
    admin,
    consuming.map(({ groupId, members }) => ({ groupId, assigned: members.flatMap(({ assignment }) => assignment) })),
    options,
  )
  const streams = new Set(groups.filter(({ type }) => type === 'streams').map(({ groupId }) => groupId))
  const shares =
    shareIds.length === 0 ? new Results<GroupLag>([], new Map()) : await readShareLag(admin, shareIds, options)
  const entries = [...lags].map(([groupId, lag]): [string, GroupLag] => [
    groupId,
    streams.has(groupId) ? { ...lag, partitions: lag.partitions.filter(isThere) } : lag,
  ])
  return new Results([...entries, ...shares], new Map([...lags.failures, ...shares.failures]))
}

/** A task of Kafka Streams reads its partition of each topic that has as many. */
function isThere({ state, committedOffset }: PartitionLag): boolean {
  return state !== 'no-such-partition' || committedOffset !== undefined
}

async function readShareLag(
  admin: Admin,
  groupIds: readonly string[],
  { signal, timeoutMs, includesTopic = () => true }: ReadGroupLagOptions,
): Promise<Results<GroupLag>> {
  const offsets = await admin.listShareGroupOffsets(groupIds, { signal, timeoutMs, partial: true })
  const places = [...offsets.values()].flat().filter(({ topic }) => includesTopic(topic))
  const ends = await readPartitionEnds(admin, places, { signal, timeoutMs })
  const atMs = admin.clock.wallMs()
  const entries = [...offsets].map(([groupId, all]): [string, GroupLag] => {
    const partitions = all
      .filter(({ topic }) => includesTopic(topic))
      .map(({ topic, partition, startOffset, lag }): PartitionLag => {
        const committed =
          startOffset === undefined
            ? undefined
            : { topic, partition, offset: startOffset, leaderEpoch: -1, metadata: '', error: undefined }
        const found = partitionLag({ topic, partition, committed }, ends.get(`${topic}-${partition}`)!)
        // Of what lies behind the start the coordinator knows what is done with.
        return found.state === 'known' && lag !== undefined ? { ...found, lag } : found
      })
    return [groupId, { groupId, atMs, partitions }]
  })
  return new Results(entries, offsets.failures)
}
