/** APIs by name, with the types of their messages: for code that knows which one it speaks. A bundle has only those that its code names. */
import { api } from './api.ts'
import * as messages from './messages/index.ts'

export const Produce = api('Produce', messages.produceRequest, messages.produceResponse)
export const Fetch = api('Fetch', messages.fetchRequest, messages.fetchResponse)
export const ListOffsets = api('ListOffsets', messages.listOffsetsRequest, messages.listOffsetsResponse)
export const Metadata = api('Metadata', messages.metadataRequest, messages.metadataResponse)
export const OffsetCommit = api('OffsetCommit', messages.offsetCommitRequest, messages.offsetCommitResponse)
export const OffsetFetch = api('OffsetFetch', messages.offsetFetchRequest, messages.offsetFetchResponse)
export const FindCoordinator = api('FindCoordinator', messages.findCoordinatorRequest, messages.findCoordinatorResponse)
export const JoinGroup = api('JoinGroup', messages.joinGroupRequest, messages.joinGroupResponse)
export const Heartbeat = api('Heartbeat', messages.heartbeatRequest, messages.heartbeatResponse)
export const LeaveGroup = api('LeaveGroup', messages.leaveGroupRequest, messages.leaveGroupResponse)
export const SyncGroup = api('SyncGroup', messages.syncGroupRequest, messages.syncGroupResponse)
export const DescribeGroups = api('DescribeGroups', messages.describeGroupsRequest, messages.describeGroupsResponse)
export const ListGroups = api('ListGroups', messages.listGroupsRequest, messages.listGroupsResponse)
export const SaslHandshake = api('SaslHandshake', messages.saslHandshakeRequest, messages.saslHandshakeResponse)
export const ApiVersions = api('ApiVersions', messages.apiVersionsRequest, messages.apiVersionsResponse)
export const CreateTopics = api('CreateTopics', messages.createTopicsRequest, messages.createTopicsResponse)
export const DeleteTopics = api('DeleteTopics', messages.deleteTopicsRequest, messages.deleteTopicsResponse)
export const DeleteRecords = api('DeleteRecords', messages.deleteRecordsRequest, messages.deleteRecordsResponse)
export const InitProducerId = api('InitProducerId', messages.initProducerIdRequest, messages.initProducerIdResponse)
export const OffsetForLeaderEpoch = api(
  'OffsetForLeaderEpoch',
  messages.offsetForLeaderEpochRequest,
  messages.offsetForLeaderEpochResponse,
)
export const AddPartitionsToTxn = api(
  'AddPartitionsToTxn',
  messages.addPartitionsToTxnRequest,
  messages.addPartitionsToTxnResponse,
)
export const AddOffsetsToTxn = api('AddOffsetsToTxn', messages.addOffsetsToTxnRequest, messages.addOffsetsToTxnResponse)
export const EndTxn = api('EndTxn', messages.endTxnRequest, messages.endTxnResponse)
export const WriteTxnMarkers = api('WriteTxnMarkers', messages.writeTxnMarkersRequest, messages.writeTxnMarkersResponse)
export const TxnOffsetCommit = api('TxnOffsetCommit', messages.txnOffsetCommitRequest, messages.txnOffsetCommitResponse)
export const DescribeAcls = api('DescribeAcls', messages.describeAclsRequest, messages.describeAclsResponse)
export const CreateAcls = api('CreateAcls', messages.createAclsRequest, messages.createAclsResponse)
export const DeleteAcls = api('DeleteAcls', messages.deleteAclsRequest, messages.deleteAclsResponse)
export const DescribeConfigs = api('DescribeConfigs', messages.describeConfigsRequest, messages.describeConfigsResponse)
export const AlterConfigs = api('AlterConfigs', messages.alterConfigsRequest, messages.alterConfigsResponse)
export const AlterReplicaLogDirs = api(
  'AlterReplicaLogDirs',
  messages.alterReplicaLogDirsRequest,
  messages.alterReplicaLogDirsResponse,
)
export const DescribeLogDirs = api('DescribeLogDirs', messages.describeLogDirsRequest, messages.describeLogDirsResponse)
export const SaslAuthenticate = api(
  'SaslAuthenticate',
  messages.saslAuthenticateRequest,
  messages.saslAuthenticateResponse,
)
export const CreatePartitions = api(
  'CreatePartitions',
  messages.createPartitionsRequest,
  messages.createPartitionsResponse,
)
export const CreateDelegationToken = api(
  'CreateDelegationToken',
  messages.createDelegationTokenRequest,
  messages.createDelegationTokenResponse,
)
export const RenewDelegationToken = api(
  'RenewDelegationToken',
  messages.renewDelegationTokenRequest,
  messages.renewDelegationTokenResponse,
)
export const ExpireDelegationToken = api(
  'ExpireDelegationToken',
  messages.expireDelegationTokenRequest,
  messages.expireDelegationTokenResponse,
)
export const DescribeDelegationToken = api(
  'DescribeDelegationToken',
  messages.describeDelegationTokenRequest,
  messages.describeDelegationTokenResponse,
)
export const DeleteGroups = api('DeleteGroups', messages.deleteGroupsRequest, messages.deleteGroupsResponse)
export const ElectLeaders = api('ElectLeaders', messages.electLeadersRequest, messages.electLeadersResponse)
export const IncrementalAlterConfigs = api(
  'IncrementalAlterConfigs',
  messages.incrementalAlterConfigsRequest,
  messages.incrementalAlterConfigsResponse,
)
export const AlterPartitionReassignments = api(
  'AlterPartitionReassignments',
  messages.alterPartitionReassignmentsRequest,
  messages.alterPartitionReassignmentsResponse,
)
export const ListPartitionReassignments = api(
  'ListPartitionReassignments',
  messages.listPartitionReassignmentsRequest,
  messages.listPartitionReassignmentsResponse,
)
export const OffsetDelete = api('OffsetDelete', messages.offsetDeleteRequest, messages.offsetDeleteResponse)
export const DescribeClientQuotas = api(
  'DescribeClientQuotas',
  messages.describeClientQuotasRequest,
  messages.describeClientQuotasResponse,
)
export const AlterClientQuotas = api(
  'AlterClientQuotas',
  messages.alterClientQuotasRequest,
  messages.alterClientQuotasResponse,
)
export const DescribeUserScramCredentials = api(
  'DescribeUserScramCredentials',
  messages.describeUserScramCredentialsRequest,
  messages.describeUserScramCredentialsResponse,
)
export const AlterUserScramCredentials = api(
  'AlterUserScramCredentials',
  messages.alterUserScramCredentialsRequest,
  messages.alterUserScramCredentialsResponse,
)
export const Vote = api('Vote', messages.voteRequest, messages.voteResponse)
export const BeginQuorumEpoch = api(
  'BeginQuorumEpoch',
  messages.beginQuorumEpochRequest,
  messages.beginQuorumEpochResponse,
)
export const EndQuorumEpoch = api('EndQuorumEpoch', messages.endQuorumEpochRequest, messages.endQuorumEpochResponse)
export const DescribeQuorum = api('DescribeQuorum', messages.describeQuorumRequest, messages.describeQuorumResponse)
export const AlterPartition = api('AlterPartition', messages.alterPartitionRequest, messages.alterPartitionResponse)
export const UpdateFeatures = api('UpdateFeatures', messages.updateFeaturesRequest, messages.updateFeaturesResponse)
export const Envelope = api('Envelope', messages.envelopeRequest, messages.envelopeResponse)
export const FetchSnapshot = api('FetchSnapshot', messages.fetchSnapshotRequest, messages.fetchSnapshotResponse)
export const DescribeCluster = api('DescribeCluster', messages.describeClusterRequest, messages.describeClusterResponse)
export const DescribeProducers = api(
  'DescribeProducers',
  messages.describeProducersRequest,
  messages.describeProducersResponse,
)
export const BrokerRegistration = api(
  'BrokerRegistration',
  messages.brokerRegistrationRequest,
  messages.brokerRegistrationResponse,
)
export const BrokerHeartbeat = api('BrokerHeartbeat', messages.brokerHeartbeatRequest, messages.brokerHeartbeatResponse)
export const UnregisterBroker = api(
  'UnregisterBroker',
  messages.unregisterBrokerRequest,
  messages.unregisterBrokerResponse,
)
export const DescribeTransactions = api(
  'DescribeTransactions',
  messages.describeTransactionsRequest,
  messages.describeTransactionsResponse,
)
export const ListTransactions = api(
  'ListTransactions',
  messages.listTransactionsRequest,
  messages.listTransactionsResponse,
)
export const AllocateProducerIds = api(
  'AllocateProducerIds',
  messages.allocateProducerIdsRequest,
  messages.allocateProducerIdsResponse,
)
export const ConsumerGroupHeartbeat = api(
  'ConsumerGroupHeartbeat',
  messages.consumerGroupHeartbeatRequest,
  messages.consumerGroupHeartbeatResponse,
)
export const ConsumerGroupDescribe = api(
  'ConsumerGroupDescribe',
  messages.consumerGroupDescribeRequest,
  messages.consumerGroupDescribeResponse,
)
export const ControllerRegistration = api(
  'ControllerRegistration',
  messages.controllerRegistrationRequest,
  messages.controllerRegistrationResponse,
)
export const GetTelemetrySubscriptions = api(
  'GetTelemetrySubscriptions',
  messages.getTelemetrySubscriptionsRequest,
  messages.getTelemetrySubscriptionsResponse,
)
export const PushTelemetry = api('PushTelemetry', messages.pushTelemetryRequest, messages.pushTelemetryResponse)
export const AssignReplicasToDirs = api(
  'AssignReplicasToDirs',
  messages.assignReplicasToDirsRequest,
  messages.assignReplicasToDirsResponse,
)
export const ListConfigResources = api(
  'ListConfigResources',
  messages.listConfigResourcesRequest,
  messages.listConfigResourcesResponse,
)
export const DescribeTopicPartitions = api(
  'DescribeTopicPartitions',
  messages.describeTopicPartitionsRequest,
  messages.describeTopicPartitionsResponse,
)
export const ShareGroupHeartbeat = api(
  'ShareGroupHeartbeat',
  messages.shareGroupHeartbeatRequest,
  messages.shareGroupHeartbeatResponse,
)
export const ShareGroupDescribe = api(
  'ShareGroupDescribe',
  messages.shareGroupDescribeRequest,
  messages.shareGroupDescribeResponse,
)
export const ShareFetch = api('ShareFetch', messages.shareFetchRequest, messages.shareFetchResponse)
export const ShareAcknowledge = api(
  'ShareAcknowledge',
  messages.shareAcknowledgeRequest,
  messages.shareAcknowledgeResponse,
)
export const AddRaftVoter = api('AddRaftVoter', messages.addRaftVoterRequest, messages.addRaftVoterResponse)
export const RemoveRaftVoter = api('RemoveRaftVoter', messages.removeRaftVoterRequest, messages.removeRaftVoterResponse)
export const UpdateRaftVoter = api('UpdateRaftVoter', messages.updateRaftVoterRequest, messages.updateRaftVoterResponse)
export const InitializeShareGroupState = api(
  'InitializeShareGroupState',
  messages.initializeShareGroupStateRequest,
  messages.initializeShareGroupStateResponse,
)
export const ReadShareGroupState = api(
  'ReadShareGroupState',
  messages.readShareGroupStateRequest,
  messages.readShareGroupStateResponse,
)
export const WriteShareGroupState = api(
  'WriteShareGroupState',
  messages.writeShareGroupStateRequest,
  messages.writeShareGroupStateResponse,
)
export const DeleteShareGroupState = api(
  'DeleteShareGroupState',
  messages.deleteShareGroupStateRequest,
  messages.deleteShareGroupStateResponse,
)
export const ReadShareGroupStateSummary = api(
  'ReadShareGroupStateSummary',
  messages.readShareGroupStateSummaryRequest,
  messages.readShareGroupStateSummaryResponse,
)
export const StreamsGroupHeartbeat = api(
  'StreamsGroupHeartbeat',
  messages.streamsGroupHeartbeatRequest,
  messages.streamsGroupHeartbeatResponse,
)
export const StreamsGroupDescribe = api(
  'StreamsGroupDescribe',
  messages.streamsGroupDescribeRequest,
  messages.streamsGroupDescribeResponse,
)
export const DescribeShareGroupOffsets = api(
  'DescribeShareGroupOffsets',
  messages.describeShareGroupOffsetsRequest,
  messages.describeShareGroupOffsetsResponse,
)
export const AlterShareGroupOffsets = api(
  'AlterShareGroupOffsets',
  messages.alterShareGroupOffsetsRequest,
  messages.alterShareGroupOffsetsResponse,
)
export const DeleteShareGroupOffsets = api(
  'DeleteShareGroupOffsets',
  messages.deleteShareGroupOffsetsRequest,
  messages.deleteShareGroupOffsetsResponse,
)
