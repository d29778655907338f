import type { TopicPartition } from '../../assignor/index.ts'
import type { Node } from '../cluster/metadata-image.ts'

export interface GroupMemberDescription {
  readonly memberId: string
  readonly groupInstanceId: string | null
  readonly clientId: string
  readonly host: string
  readonly rackId: string | null
  /** KIP-848; undefined for classic groups. */
  readonly memberEpoch: number | undefined
  /** By which protocol it takes part; undefined where the broker does not tell (before Kafka 4.0). */
  readonly memberType: 'classic' | 'consumer' | undefined
  readonly subscribedTopics: readonly string[]
  /** KIP-848. */
  readonly subscribedTopicRegex: string | null
  /** What it owns; of a Kafka Streams member, the source partitions of its active tasks. Members of a share group may have the same partition. */
  readonly assignment: readonly TopicPartition[]
  /** KIP-848: what it shall own when others have given it up; undefined for classic groups. */
  readonly targetAssignment: readonly TopicPartition[] | undefined
}

export interface GroupDescription {
  readonly groupId: string
  readonly type: 'classic' | 'consumer' | 'share' | 'streams'
  /** 'consumer', 'share', 'streams'; of a classic group what its members say, '' where it has none. */
  readonly protocolType: string
  /** As Kafka prints it: 'Stable', 'Empty', 'PreparingRebalance', 'Assigning', 'Reconciling', ... */
  readonly state: string
  /** The assignor: of the clients (classic) or of the broker; '' while there is none. */
  readonly assignor: string
  /** KIP-848; undefined for classic groups. */
  readonly groupEpoch: number | undefined
  readonly assignmentEpoch: number | undefined
  readonly coordinator: Node
  readonly members: readonly GroupMemberDescription[]
}
