import { type Cluster, defaultClusterSettings, NetworkCluster } from '../../../src/client/cluster/index.ts'
import { silentLogger, systemClock } from '../../../src/platform/index.ts'
import { type Api, apis } from '../../../src/wire/index.ts'
import { waitUntil } from '../support/index.ts'

/** Gives a cluster that has such groups a share group and a streams group, with a member each, by their first heartbeats. */
export async function makeOtherGroups(
  bootstrap: string,
  { topic, shareId, streamsId }: { readonly topic: string; readonly shareId: string; readonly streamsId: string },
): Promise<void> {
  const [host, port] = bootstrap.split(':') as [string, string]
  const settings = { ...defaultClusterSettings, bootstrapServers: [{ host, port: Number(port) }], clientId: 'other' }
  const cluster: Cluster = new NetworkCluster({ settings, clock: systemClock, logger: silentLogger })
  const memberId = 'AAAAAAAAAAAAAAAAAAAAAA'
  try {
    // A new cluster makes its coordinators' topics first.
    const share = { groupId: shareId, memberId, subscribedTopicNames: [topic] }
    let shareEpoch = 0
    await waitUntil('the partitions of the share group', async () => {
      const answer = await beat(cluster, shareId, apis.ShareGroupHeartbeat, { ...share, memberEpoch: shareEpoch })
      shareEpoch = answer.memberEpoch
      return (answer.assignment?.topicPartitions.length ?? 0) > 0
    })
    const sources = { sourceTopics: [topic], sourceTopicRegex: [], repartitionSinkTopics: [] }
    const subtopology = { ...sources, stateChangelogTopics: [], repartitionSourceTopics: [], copartitionGroups: [] }
    const same = { groupId: streamsId, memberId, endpointInformationEpoch: -1 }
    let answer = await beat(cluster, streamsId, apis.StreamsGroupHeartbeat, {
      ...same,
      memberEpoch: 0,
      rebalanceTimeoutMs: 300_000,
      topology: { epoch: 1, subtopologies: [{ subtopologyId: '0', ...subtopology }] },
      activeTasks: [],
      standbyTasks: [],
      warmupTasks: [],
      processId: 'one',
      clientTags: [],
    })
    // Its tasks come once: with this answer, or a later one.
    await waitUntil('the tasks of the streams group', async () => {
      if ((answer.activeTasks?.length ?? 0) > 0) return true
      const { memberEpoch } = answer
      answer = await beat(cluster, streamsId, apis.StreamsGroupHeartbeat, { ...same, memberEpoch })
      return false
    })
  } finally {
    await cluster.close()
  }
}

interface Answer {
  readonly errorCode: number
  readonly memberEpoch: number
  readonly assignment?: { readonly topicPartitions: readonly unknown[] } | null
  readonly activeTasks?: readonly unknown[] | null
}

async function beat(cluster: Cluster, groupId: string, api: Api, body: object): Promise<Answer> {
  let answer: Answer | undefined
  await waitUntil(`group ${groupId}`, async () => {
    try {
      const { nodeId } = await cluster.coordinator('group', groupId, { timeoutMs: 5_000 })
      answer = (await cluster.call({ nodeId }, api, body as never, { timeoutMs: 5_000 })).body as Answer
      return answer.errorCode === 0
    } catch {
      return false
    }
  })
  return answer!
}
