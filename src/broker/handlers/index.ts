import * as wire from '../../wire/index.ts'
import { oneByOne } from '../server/one-by-one.ts'
import { type ServedApi, serve } from '../server/served-api.ts'
import { handleProduce } from './0-produce.ts'
import { handleFetch } from './1-fetch.ts'
import { handleListOffsets } from './2-list-offsets.ts'
import { handleMetadata } from './3-metadata.ts'
import { handleOffsetCommit } from './8-offset-commit.ts'
import { handleOffsetFetch } from './9-offset-fetch.ts'
import { handleFindCoordinator } from './10-find-coordinator.ts'
import { handleJoinGroup } from './11-join-group.ts'
import { handleHeartbeat } from './12-heartbeat.ts'
import { handleLeaveGroup } from './13-leave-group.ts'
import { handleSyncGroup } from './14-sync-group.ts'
import { handleDescribeGroups } from './15-describe-groups.ts'
import { handleListGroups } from './16-list-groups.ts'
import { apiVersionsHandler } from './18-api-versions.ts'
import { handleCreateTopics } from './19-create-topics.ts'
import { handleDeleteTopics } from './20-delete-topics.ts'
import { handleDeleteRecords } from './21-delete-records.ts'
import { handleInitProducerId } from './22-init-producer-id.ts'
import { handleOffsetForLeaderEpoch } from './23-offset-for-leader-epoch.ts'
import { handleDescribeAcls } from './29-describe-acls.ts'
import { handleCreateAcls } from './30-create-acls.ts'
import { handleDeleteAcls } from './31-delete-acls.ts'
import { handleDescribeConfigs } from './32-describe-configs.ts'
import { handleAlterConfigs } from './33-alter-configs.ts'
import { handleDescribeLogDirs } from './35-describe-log-dirs.ts'
import { handleCreatePartitions } from './37-create-partitions.ts'
import { handleDeleteGroups } from './42-delete-groups.ts'
import { handleElectLeaders } from './43-elect-leaders.ts'
import { handleIncrementalAlterConfigs } from './44-incremental-alter-configs.ts'
import { handleAlterPartitionReassignments } from './45-alter-partition-reassignments.ts'
import { handleListPartitionReassignments } from './46-list-partition-reassignments.ts'
import { handleOffsetDelete } from './47-offset-delete.ts'
import { handleDescribeClientQuotas } from './48-describe-client-quotas.ts'
import { handleDescribeUserScramCredentials } from './50-describe-user-scram-credentials.ts'
import { handleDescribeQuorum } from './55-describe-quorum.ts'
import { handleUpdateFeatures } from './57-update-features.ts'
import { handleDescribeCluster } from './60-describe-cluster.ts'
import { handleDescribeProducers } from './61-describe-producers.ts'
import { handleConsumerGroupHeartbeat } from './68-consumer-group-heartbeat.ts'
import { handleConsumerGroupDescribe } from './69-consumer-group-describe.ts'
import { handleListConfigResources } from './74-list-config-resources.ts'
import { handleDescribeTopicPartitions } from './75-describe-topic-partitions.ts'

// One line an API: request, response, the versions that Apache Kafka 4.2 advertises, handler (a file named by its API key).
// What stands here is what ApiVersions advertises and what dispatch accepts, so an API comes in when all its versions work.
//
//   serve(wire.metadataRequest, wire.metadataResponse, { min: 0, max: 13 }, handleMetadata),

export const handlers: ReadonlyMap<number, ServedApi> = new Map([
  // Data plane.
  serve(wire.produceRequest, wire.produceResponse, { min: 0, max: 13 }, handleProduce),
  serve(wire.fetchRequest, wire.fetchResponse, { min: 4, max: 18 }, handleFetch),
  serve(wire.listOffsetsRequest, wire.listOffsetsResponse, { min: 1, max: 11 }, handleListOffsets),
  serve(
    wire.apiVersionsRequest,
    wire.apiVersionsResponse,
    { min: 0, max: 4 },
    apiVersionsHandler(() => handlers),
  ),
  serve(wire.deleteRecordsRequest, wire.deleteRecordsResponse, { min: 0, max: 2 }, handleDeleteRecords),
  serve(wire.initProducerIdRequest, wire.initProducerIdResponse, { min: 0, max: 5 }, handleInitProducerId),
  serve(
    wire.offsetForLeaderEpochRequest,
    wire.offsetForLeaderEpochResponse,
    { min: 2, max: 4 },
    handleOffsetForLeaderEpoch,
  ),
  serve(wire.describeProducersRequest, wire.describeProducersResponse, { min: 0, max: 0 }, handleDescribeProducers),
  // Control plane.
  serve(wire.metadataRequest, wire.metadataResponse, { min: 0, max: 13 }, oneByOne(handleMetadata)),
  serve(wire.offsetCommitRequest, wire.offsetCommitResponse, { min: 2, max: 10 }, handleOffsetCommit),
  serve(wire.offsetFetchRequest, wire.offsetFetchResponse, { min: 1, max: 10 }, handleOffsetFetch),
  serve(wire.findCoordinatorRequest, wire.findCoordinatorResponse, { min: 0, max: 6 }, handleFindCoordinator),
  serve(wire.joinGroupRequest, wire.joinGroupResponse, { min: 0, max: 9 }, handleJoinGroup),
  serve(wire.heartbeatRequest, wire.heartbeatResponse, { min: 0, max: 4 }, handleHeartbeat),
  serve(wire.leaveGroupRequest, wire.leaveGroupResponse, { min: 0, max: 5 }, handleLeaveGroup),
  serve(wire.syncGroupRequest, wire.syncGroupResponse, { min: 0, max: 5 }, handleSyncGroup),
  serve(wire.describeGroupsRequest, wire.describeGroupsResponse, { min: 0, max: 6 }, handleDescribeGroups),
  serve(wire.listGroupsRequest, wire.listGroupsResponse, { min: 0, max: 5 }, handleListGroups),
  serve(wire.createTopicsRequest, wire.createTopicsResponse, { min: 2, max: 7 }, oneByOne(handleCreateTopics)),
  serve(wire.deleteTopicsRequest, wire.deleteTopicsResponse, { min: 1, max: 6 }, oneByOne(handleDeleteTopics)),
  serve(wire.describeAclsRequest, wire.describeAclsResponse, { min: 1, max: 3 }, handleDescribeAcls),
  serve(wire.createAclsRequest, wire.createAclsResponse, { min: 1, max: 3 }, handleCreateAcls),
  serve(wire.deleteAclsRequest, wire.deleteAclsResponse, { min: 1, max: 3 }, handleDeleteAcls),
  serve(wire.describeConfigsRequest, wire.describeConfigsResponse, { min: 1, max: 4 }, oneByOne(handleDescribeConfigs)),
  serve(wire.alterConfigsRequest, wire.alterConfigsResponse, { min: 0, max: 2 }, oneByOne(handleAlterConfigs)),
  serve(wire.describeLogDirsRequest, wire.describeLogDirsResponse, { min: 1, max: 4 }, handleDescribeLogDirs),
  serve(
    wire.createPartitionsRequest,
    wire.createPartitionsResponse,
    { min: 0, max: 3 },
    oneByOne(handleCreatePartitions),
  ),
  serve(wire.deleteGroupsRequest, wire.deleteGroupsResponse, { min: 0, max: 2 }, handleDeleteGroups),
  serve(wire.electLeadersRequest, wire.electLeadersResponse, { min: 0, max: 2 }, handleElectLeaders),
  serve(
    wire.incrementalAlterConfigsRequest,
    wire.incrementalAlterConfigsResponse,
    { min: 0, max: 1 },
    oneByOne(handleIncrementalAlterConfigs),
  ),
  serve(
    wire.alterPartitionReassignmentsRequest,
    wire.alterPartitionReassignmentsResponse,
    { min: 0, max: 1 },
    handleAlterPartitionReassignments,
  ),
  serve(
    wire.listPartitionReassignmentsRequest,
    wire.listPartitionReassignmentsResponse,
    { min: 0, max: 0 },
    handleListPartitionReassignments,
  ),
  serve(wire.offsetDeleteRequest, wire.offsetDeleteResponse, { min: 0, max: 0 }, handleOffsetDelete),
  serve(
    wire.describeClientQuotasRequest,
    wire.describeClientQuotasResponse,
    { min: 0, max: 1 },
    handleDescribeClientQuotas,
  ),
  serve(
    wire.describeUserScramCredentialsRequest,
    wire.describeUserScramCredentialsResponse,
    { min: 0, max: 0 },
    handleDescribeUserScramCredentials,
  ),
  serve(wire.describeQuorumRequest, wire.describeQuorumResponse, { min: 0, max: 2 }, handleDescribeQuorum),
  serve(wire.updateFeaturesRequest, wire.updateFeaturesResponse, { min: 0, max: 2 }, handleUpdateFeatures),
  serve(wire.describeClusterRequest, wire.describeClusterResponse, { min: 0, max: 2 }, handleDescribeCluster),
  serve(
    wire.consumerGroupHeartbeatRequest,
    wire.consumerGroupHeartbeatResponse,
    { min: 0, max: 1 },
    handleConsumerGroupHeartbeat,
  ),
  serve(
    wire.consumerGroupDescribeRequest,
    wire.consumerGroupDescribeResponse,
    { min: 0, max: 1 },
    handleConsumerGroupDescribe,
  ),
  serve(
    wire.listConfigResourcesRequest,
    wire.listConfigResourcesResponse,
    { min: 0, max: 1 },
    oneByOne(handleListConfigResources),
  ),
  serve(
    wire.describeTopicPartitionsRequest,
    wire.describeTopicPartitionsResponse,
    { min: 0, max: 0 },
    oneByOne(handleDescribeTopicPartitions),
  ),
])
