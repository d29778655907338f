export { Admin, type DescribeClusterOptions } from './admin.ts'
export type { ApiVersionRange, BrokerFeature, BrokerVersions } from './broker-versions.ts'
export type { ClusterDescription } from './cluster-description.ts'
export type {
  AlterConfigsOptions,
  ConfigAlteration,
  ConfigEntry,
  ConfigResource,
  ConfigResourceType,
  DescribeConfigsOptions,
} from './configs.ts'
export { type AdminCallOptions, Results } from './fan-out.ts'
export type { GroupDescription, GroupMemberDescription } from './group-description.ts'
export type { GroupOffset, GroupToList, ListGroupOffsetsOptions, OffsetToAlter } from './group-offsets.ts'
export type {
  ListedGroup,
  ListGroupsOptions,
  MemberToRemove,
  RemoveMembersOptions,
} from './groups.ts'
export type { ReplicaSize } from './log-sizes.ts'
export type {
  DeletedRecords,
  ListOffsetsOptions,
  OffsetAt,
  OffsetSpec,
  OffsetToList,
  RecordsToDelete,
} from './offsets.ts'
export { type PeekedRecords, type PeekRecordsOptions, type PlaceToPeek, placeKey } from './peek-records.ts'
export type { PartitionReplicas } from './replicas.ts'
export type { ShareGroupOffset } from './share-group-offsets.ts'
export type {
  CreatedTopic,
  CreateTopicsOptions,
  ListedTopic,
  ListTopicsOptions,
  NewPartitions,
  NewTopic,
  TopicDescription,
} from './topics.ts'
