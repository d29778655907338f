import type { Admin, ConfigEntry, PartitionReplicas, TopicDescription } from '../../client/index.ts'
import type { Call } from './admin-calls.ts'
import { hashMapOrder, javaHashCode } from './java.ts'
import type { OptionSet } from './jopt.ts'
import { out } from './tool-output.ts'

type Partition = TopicDescription['partitions'][number]

/** What is looked at to choose and print partitions. */
interface Facts {
  readonly configs: readonly ConfigEntry[]
  readonly replicas: ReadonlyMap<string, PartitionReplicas>
  readonly liveNodes: ReadonlySet<number>
}

/** `--describe` of topics that exist. */
export async function describeTopics(
  admin: Admin,
  names: readonly string[],
  options: OptionSet,
  call: Call,
): Promise<void> {
  const topics = await admin.describeTopics(names, call)
  const configs = await admin.describeConfigs(
    names.map((name) => ({ type: 'topic', name })),
    call,
  )
  const { nodes } = await admin.describeCluster(call)
  const liveNodes = new Set(nodes.map(({ nodeId }) => nodeId))
  const replicas = await admin.describeReplicas(names, call)
  for (const name of hashMapOrder(names, javaHashCode, names.length)) {
    describeTopic(topics.get(name)!, { configs: configs.get(`topic:${name}`)!, replicas, liveNodes }, options)
  }
}

function describeTopic(topic: TopicDescription, facts: Facts, options: OptionSet): void {
  const wanted = reports.filter(([name]) => options.has(name)).map(([, isMeant]) => isMeant)
  const ofOverrides = options.has('topics-with-overrides')
  const own = facts.configs.filter(({ source }) => source !== 'default')
  if (wanted.length === 0 && (!ofOverrides || own.length > 0)) printTopic(topic, facts)
  if (ofOverrides) return
  for (const partition of topic.partitions) {
    const replicas = facts.replicas.get(`${topic.name}-${partition.partition}`)
    const isShown = wanted.length === 0 || wanted.some((isMeant) => isMeant(partition, replicas, facts))
    if (isShown) printPartition(topic.name, partition, replicas)
  }
}

/** What partitions each of the report options shows. */
const reports: readonly (readonly [
  string,
  (partition: Partition, replicas: PartitionReplicas | undefined, facts: Facts) => boolean,
])[] = [
  [
    'under-replicated-partitions',
    (partition, replicas) => replicationFactor(partition, replicas) > partition.isr.length,
  ],
  ['unavailable-partitions', ({ leaderId }, _, { liveNodes }) => leaderId < 0 || !liveNodes.has(leaderId)],
  ['under-min-isr-partitions', ({ leaderId, isr }, _, { configs }) => leaderId < 0 || isr.length < minIsr(configs)],
  ['at-min-isr-partitions', ({ isr }, _, { configs }) => isr.length === minIsr(configs)],
]

function minIsr(configs: readonly ConfigEntry[]): number {
  return Number(configs.find(({ name }) => name === 'min.insync.replicas')?.value ?? 1)
}

/** Without those that are only on their way. */
function replicationFactor(partition: Partition | undefined, replicas: PartitionReplicas | undefined): number {
  const move = replicas?.move
  const all = partition?.replicas ?? []
  const isMoving =
    move !== undefined && all.some((id) => [...move.addingReplicas, ...move.removingReplicas].includes(id))
  return isMoving ? move.replicas.length - move.addingReplicas.length : all.length
}

function printTopic({ name, topicId, partitions }: TopicDescription, { configs, replicas }: Facts): void {
  const ordered = hashMapOrder(configs, (config) => javaHashCode(config.name), configs.length)
  const own = ordered.filter(({ source }) => source !== 'default').map((config) => `${config.name}=${config.value}`)
  const cells = [
    `Topic: ${name}`,
    ...(topicId === undefined ? [] : [`TopicId: ${topicId}`]),
    `PartitionCount: ${partitions.length}`,
    `ReplicationFactor: ${replicationFactor(partitions[0], replicas.get(`${name}-0`))}`,
    `Configs: ${own.join(',')}`,
  ]
  out(`${cells.join('\t')}\n`)
}

function printPartition(
  topic: string,
  { partition, leaderId, replicas: all, isr }: Partition,
  replicas: PartitionReplicas | undefined,
): void {
  const move = replicas?.move
  const ids = (nodes: readonly number[] | undefined): string => nodes?.join(',') ?? 'N/A'
  const cells = [
    '',
    `Topic: ${topic}`,
    `Partition: ${partition}`,
    `Leader: ${leaderId < 0 ? 'none' : leaderId}`,
    `Replicas: ${ids(all)}`,
    `Isr: ${ids(isr)}`,
    ...(move === undefined
      ? []
      : [`Adding Replicas: ${ids(move.addingReplicas)}`, `Removing Replicas: ${ids(move.removingReplicas)}`]),
    `Elr: ${ids(replicas?.eligibleLeaderReplicas)}`,
    `LastKnownElr: ${ids(replicas?.lastKnownElr)}`,
  ]
  out(`${cells.join('\t')}\n`)
}
