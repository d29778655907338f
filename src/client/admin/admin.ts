import type { TopicPartition } from '../../assignor/index.ts'
import type { Clock } from '../../platform/index.ts'
import type { Cluster } from '../cluster/cluster.ts'
import type { CommonConfig } from '../config/index.ts'
import { KafkaError } from '../kafka-error.ts'
import { type BrokerVersions, describeBrokerVersions } from './broker-versions.ts'
import { type ClusterDescription, describeCluster } from './cluster-description.ts'
import {
  type AlterConfigsOptions,
  type ConfigAlteration,
  type ConfigEntry,
  type ConfigResource,
  type DescribeConfigsOptions,
  describeConfigs,
  incrementalAlterConfigs,
} from './configs.ts'
import { describeGroups } from './describe-groups.ts'
import type { AdminCallOptions, AdminContext, Results } from './fan-out.ts'
import type { GroupDescription } from './group-description.ts'
import {
  alterGroupOffsets,
  deleteGroupOffsets,
  type GroupOffset,
  type GroupToList,
  type ListGroupOffsetsOptions,
  listGroupOffsets,
  type OffsetToAlter,
} from './group-offsets.ts'
import {
  deleteGroups,
  type ListedGroup,
  type ListGroupsOptions,
  listGroups,
  type MemberToRemove,
  type RemoveMembersOptions,
  removeMembers,
} from './groups.ts'
import { describeLogSizes, type ReplicaSize } from './log-sizes.ts'
import {
  type DeletedRecords,
  deleteRecords,
  type ListOffsetsOptions,
  listOffsets,
  type OffsetAt,
  type OffsetToList,
  type RecordsToDelete,
} from './offsets.ts'
import { type PeekedRecords, type PeekRecordsOptions, type PlaceToPeek, peekRecords } from './peek-records.ts'
import { describeReplicas, type PartitionReplicas } from './replicas.ts'
import { listShareGroupOffsets, type ShareGroupOffset } from './share-group-offsets.ts'
import {
  type CreatedTopic,
  type CreateTopicsOptions,
  createPartitions,
  createTopics,
  deleteTopics,
  describeTopics,
  type ListedTopic,
  type ListTopicsOptions,
  listTopics,
  type NewPartitions,
  type NewTopic,
  type TopicDescription,
} from './topics.ts'

export interface AdminOptions {
  readonly cluster: Cluster
  readonly common: CommonConfig
  readonly defaultApiTimeoutMs: number
  onClosed(): void
}

export type DescribeClusterOptions = Omit<AdminCallOptions, 'partial'>

/**
 * Looks at a cluster and changes it. Each call asks who must be asked (leaders, coordinators, the controller), tries again what may pass until
 * `timeoutMs`, and has an outcome for each item: `Results`, a Map. One item that fails rejects the call with a KafkaItemsError, unless `partial` is set.
 */
export class Admin implements AsyncDisposable {
  readonly #context: AdminContext
  readonly #onClosed: () => void
  readonly #closing = new AbortController()

  /** Made by `kafka.admin()`. */
  constructor({ cluster, common, defaultApiTimeoutMs, onClosed }: AdminOptions) {
    this.#context = {
      cluster,
      backoff: { initialMs: common.retryBackoffMs, maxMs: common.retryBackoffMaxMs },
      requestTimeoutMs: common.requestTimeoutMs,
      defaultApiTimeoutMs,
    }
    this.#onClosed = onClosed
  }

  /** The time that this client lives by. */
  get clock(): Clock {
    return this.#context.cluster.clock
  }

  /** Creates topics; results by name. */
  createTopics(
    topics: readonly (NewTopic | string)[],
    options: CreateTopicsOptions = {},
  ): Promise<Results<CreatedTopic>> {
    return this.#run((context) => createTopics(context, topics, options))
  }

  /** Deletes topics; results by name. */
  deleteTopics(names: readonly string[], options: AdminCallOptions = {}): Promise<Results<true>> {
    return this.#run((context) => deleteTopics(context, names, options))
  }

  /** Gives topics more partitions; results by topic. */
  createPartitions(partitions: readonly NewPartitions[], options: CreateTopicsOptions = {}): Promise<Results<true>> {
    return this.#run((context) => createPartitions(context, partitions, options))
  }

  /** Topics with their partitions, leaders and replicas, by name. */
  describeTopics(names: readonly string[], options: AdminCallOptions = {}): Promise<Results<TopicDescription>> {
    return this.#run((context) => describeTopics(context, names, options))
  }

  /** Which replicas may lead and which are being moved, by `topic-partition`; what the brokers do not tell is undefined or missing. */
  describeReplicas(
    topics: readonly string[],
    options: Omit<AdminCallOptions, 'partial'> = {},
  ): Promise<ReadonlyMap<string, PartitionReplicas>> {
    return this.#run((context) => describeReplicas(context, topics, options))
  }

  /** Sizes of partitions on the disks of all nodes, as far as these tell. */
  describeLogSizes(
    partitions: readonly TopicPartition[],
    options: Omit<AdminCallOptions, 'partial'> = {},
  ): Promise<readonly ReplicaSize[]> {
    return this.#run((context) => describeLogSizes(context, partitions, options))
  }

  /** All topics that this client may see. */
  listTopics(options: ListTopicsOptions = {}): Promise<readonly ListedTopic[]> {
    return this.#run((context) => listTopics(context, options))
  }

  /** Offsets of places in partitions; results by `topic-partition`. */
  listOffsets(offsets: readonly OffsetToList[], options: ListOffsetsOptions = {}): Promise<Results<OffsetAt>> {
    return this.#run((context) => listOffsets(context, offsets, options))
  }

  /** What lies behind offsets: the first record's time, and how many records there are; results by `topic-partition@offset`. */
  peekRecords(places: readonly PlaceToPeek[], options: PeekRecordsOptions = {}): Promise<Results<PeekedRecords>> {
    return this.#run((context) => peekRecords(context, places, options))
  }

  /** Deletes records before offsets; results by `topic-partition`. */
  deleteRecords(records: readonly RecordsToDelete[], options: AdminCallOptions = {}): Promise<Results<DeletedRecords>> {
    return this.#run((context) => deleteRecords(context, records, options))
  }

  /** Configs of topics, brokers and groups, all or those that are named; results by `type:name`. */
  describeConfigs(
    resources: readonly (ConfigResource & { readonly configs?: readonly string[] | undefined })[],
    options: DescribeConfigsOptions = {},
  ): Promise<Results<readonly ConfigEntry[]>> {
    return this.#run((context) => describeConfigs(context, resources, options))
  }

  /** Changes configs, and leaves all others alone (KIP-339); results by `type:name`. */
  incrementalAlterConfigs(
    alterations: readonly ConfigAlteration[],
    options: AlterConfigsOptions = {},
  ): Promise<Results<true>> {
    return this.#run((context) => incrementalAlterConfigs(context, alterations, options))
  }

  /** The cluster's id, its controller and its nodes. */
  describeCluster(options: DescribeClusterOptions = {}): Promise<ClusterDescription> {
    return this.#run((context) => describeCluster(context, options))
  }

  /** The APIs and features of brokers, with their versions; results by node id. */
  describeBrokerVersions(nodeIds: readonly number[], options: AdminCallOptions = {}): Promise<Results<BrokerVersions>> {
    return this.#run((context) => describeBrokerVersions(context, nodeIds, options))
  }

  /** All groups of all nodes. */
  listGroups(options: ListGroupsOptions = {}): Promise<readonly ListedGroup[]> {
    return this.#run((context) => listGroups(context, options))
  }

  /** Groups of all types with their members; results by group id. */
  describeGroups(groupIds: readonly string[], options: AdminCallOptions = {}): Promise<Results<GroupDescription>> {
    return this.#run((context) => describeGroups(context, groupIds, options))
  }

  /** Committed offsets of groups, in one request a coordinator; results by group id. */
  listGroupOffsets(
    groups: readonly (string | GroupToList)[],
    options: ListGroupOffsetsOptions = {},
  ): Promise<Results<readonly GroupOffset[]>> {
    return this.#run((context) => listGroupOffsets(context, groups, options))
  }

  /** Where share groups are in their partitions; results by group id. */
  listShareGroupOffsets(
    groupIds: readonly string[],
    options: AdminCallOptions = {},
  ): Promise<Results<readonly ShareGroupOffset[]>> {
    return this.#run((context) => listShareGroupOffsets(context, groupIds, options))
  }

  /** Sets committed offsets of a group without members; results by `topic-partition`. */
  alterGroupOffsets(
    groupId: string,
    offsets: readonly OffsetToAlter[],
    options: AdminCallOptions = {},
  ): Promise<Results<true>> {
    return this.#run((context) => alterGroupOffsets(context, groupId, offsets, options))
  }

  /** Forgets committed offsets; results by `topic-partition`. */
  deleteGroupOffsets(
    groupId: string,
    partitions: readonly TopicPartition[],
    options: AdminCallOptions = {},
  ): Promise<Results<true>> {
    return this.#run((context) => deleteGroupOffsets(context, groupId, partitions, options))
  }

  /** Deletes groups without members; results by group id. */
  deleteGroups(groupIds: readonly string[], options: AdminCallOptions = {}): Promise<Results<true>> {
    return this.#run((context) => deleteGroups(context, groupIds, options))
  }

  /** Puts members out of a group; results by member id, or by instance id. */
  removeMembers(
    groupId: string,
    members: readonly MemberToRemove[] | 'all',
    options: RemoveMembersOptions = {},
  ): Promise<Results<true>> {
    return this.#run((context) => removeMembers(context, groupId, members, options))
  }

  /** Calls from now on reject with CLOSED; those under way go on. */
  async close(): Promise<void> {
    if (this.#closing.signal.aborted) return
    this.#closing.abort(new KafkaError('CLOSED', 'the admin client was closed'))
    this.#onClosed()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #run<T>(call: (context: AdminContext) => Promise<T>): Promise<T> {
    this.#closing.signal.throwIfAborted()
    return await call(this.#context)
  }
}
