/** APIs by name, with the types of their messages: for code that knows which one it speaks. A bundle has only those that its code names. */
import { type Api, api } from './api.ts'
import * as messages from './messages/index.ts'

export const Produce: Api<
  messages.ProduceRequest,
  messages.ProduceRequestInput,
  messages.ProduceResponse,
  messages.ProduceResponseInput
> = api('Produce', messages.produceRequest, messages.produceResponse)
export const Fetch: Api<
  messages.FetchRequest,
  messages.FetchRequestInput,
  messages.FetchResponse,
  messages.FetchResponseInput
> = api('Fetch', messages.fetchRequest, messages.fetchResponse)
export const ListOffsets: Api<
  messages.ListOffsetsRequest,
  messages.ListOffsetsRequestInput,
  messages.ListOffsetsResponse,
  messages.ListOffsetsResponseInput
> = api('ListOffsets', messages.listOffsetsRequest, messages.listOffsetsResponse)
export const Metadata: Api<
  messages.MetadataRequest,
  messages.MetadataRequestInput,
  messages.MetadataResponse,
  messages.MetadataResponseInput
> = api('Metadata', messages.metadataRequest, messages.metadataResponse)
export const OffsetCommit: Api<
  messages.OffsetCommitRequest,
  messages.OffsetCommitRequestInput,
  messages.OffsetCommitResponse,
  messages.OffsetCommitResponseInput
> = api('OffsetCommit', messages.offsetCommitRequest, messages.offsetCommitResponse)
export const OffsetFetch: Api<
  messages.OffsetFetchRequest,
  messages.OffsetFetchRequestInput,
  messages.OffsetFetchResponse,
  messages.OffsetFetchResponseInput
> = api('OffsetFetch', messages.offsetFetchRequest, messages.offsetFetchResponse)
export const FindCoordinator: Api<
  messages.FindCoordinatorRequest,
  messages.FindCoordinatorRequestInput,
  messages.FindCoordinatorResponse,
  messages.FindCoordinatorResponseInput
> = api('FindCoordinator', messages.findCoordinatorRequest, messages.findCoordinatorResponse)
export const JoinGroup: Api<
  messages.JoinGroupRequest,
  messages.JoinGroupRequestInput,
  messages.JoinGroupResponse,
  messages.JoinGroupResponseInput
> = api('JoinGroup', messages.joinGroupRequest, messages.joinGroupResponse)
export const Heartbeat: Api<
  messages.HeartbeatRequest,
  messages.HeartbeatRequestInput,
  messages.HeartbeatResponse,
  messages.HeartbeatResponseInput
> = api('Heartbeat', messages.heartbeatRequest, messages.heartbeatResponse)
export const LeaveGroup: Api<
  messages.LeaveGroupRequest,
  messages.LeaveGroupRequestInput,
  messages.LeaveGroupResponse,
  messages.LeaveGroupResponseInput
> = api('LeaveGroup', messages.leaveGroupRequest, messages.leaveGroupResponse)
export const SyncGroup: Api<
  messages.SyncGroupRequest,
  messages.SyncGroupRequestInput,
  messages.SyncGroupResponse,
  messages.SyncGroupResponseInput
> = api('SyncGroup', messages.syncGroupRequest, messages.syncGroupResponse)
export const DescribeGroups: Api<
  messages.DescribeGroupsRequest,
  messages.DescribeGroupsRequestInput,
  messages.DescribeGroupsResponse,
  messages.DescribeGroupsResponseInput
> = api('DescribeGroups', messages.describeGroupsRequest, messages.describeGroupsResponse)
export const ListGroups: Api<
  messages.ListGroupsRequest,
  messages.ListGroupsRequestInput,
  messages.ListGroupsResponse,
  messages.ListGroupsResponseInput
> = api('ListGroups', messages.listGroupsRequest, messages.listGroupsResponse)
export const SaslHandshake: Api<
  messages.SaslHandshakeRequest,
  messages.SaslHandshakeRequestInput,
  messages.SaslHandshakeResponse,
  messages.SaslHandshakeResponseInput
> = api('SaslHandshake', messages.saslHandshakeRequest, messages.saslHandshakeResponse)
export const ApiVersions: Api<
  messages.ApiVersionsRequest,
  messages.ApiVersionsRequestInput,
  messages.ApiVersionsResponse,
  messages.ApiVersionsResponseInput
> = api('ApiVersions', messages.apiVersionsRequest, messages.apiVersionsResponse)
export const CreateTopics: Api<
  messages.CreateTopicsRequest,
  messages.CreateTopicsRequestInput,
  messages.CreateTopicsResponse,
  messages.CreateTopicsResponseInput
> = api('CreateTopics', messages.createTopicsRequest, messages.createTopicsResponse)
export const DeleteTopics: Api<
  messages.DeleteTopicsRequest,
  messages.DeleteTopicsRequestInput,
  messages.DeleteTopicsResponse,
  messages.DeleteTopicsResponseInput
> = api('DeleteTopics', messages.deleteTopicsRequest, messages.deleteTopicsResponse)
export const DeleteRecords: Api<
  messages.DeleteRecordsRequest,
  messages.DeleteRecordsRequestInput,
  messages.DeleteRecordsResponse,
  messages.DeleteRecordsResponseInput
> = api('DeleteRecords', messages.deleteRecordsRequest, messages.deleteRecordsResponse)
export const InitProducerId: Api<
  messages.InitProducerIdRequest,
  messages.InitProducerIdRequestInput,
  messages.InitProducerIdResponse,
  messages.InitProducerIdResponseInput
> = api('InitProducerId', messages.initProducerIdRequest, messages.initProducerIdResponse)
export const OffsetForLeaderEpoch: Api<
  messages.OffsetForLeaderEpochRequest,
  messages.OffsetForLeaderEpochRequestInput,
  messages.OffsetForLeaderEpochResponse,
  messages.OffsetForLeaderEpochResponseInput
> = api('OffsetForLeaderEpoch', messages.offsetForLeaderEpochRequest, messages.offsetForLeaderEpochResponse)
export const AddPartitionsToTxn: Api<
  messages.AddPartitionsToTxnRequest,
  messages.AddPartitionsToTxnRequestInput,
  messages.AddPartitionsToTxnResponse,
  messages.AddPartitionsToTxnResponseInput
> = api('AddPartitionsToTxn', messages.addPartitionsToTxnRequest, messages.addPartitionsToTxnResponse)
export const AddOffsetsToTxn: Api<
  messages.AddOffsetsToTxnRequest,
  messages.AddOffsetsToTxnRequestInput,
  messages.AddOffsetsToTxnResponse,
  messages.AddOffsetsToTxnResponseInput
> = api('AddOffsetsToTxn', messages.addOffsetsToTxnRequest, messages.addOffsetsToTxnResponse)
export const EndTxn: Api<
  messages.EndTxnRequest,
  messages.EndTxnRequestInput,
  messages.EndTxnResponse,
  messages.EndTxnResponseInput
> = api('EndTxn', messages.endTxnRequest, messages.endTxnResponse)
export const WriteTxnMarkers: Api<
  messages.WriteTxnMarkersRequest,
  messages.WriteTxnMarkersRequestInput,
  messages.WriteTxnMarkersResponse,
  messages.WriteTxnMarkersResponseInput
> = api('WriteTxnMarkers', messages.writeTxnMarkersRequest, messages.writeTxnMarkersResponse)
export const TxnOffsetCommit: Api<
  messages.TxnOffsetCommitRequest,
  messages.TxnOffsetCommitRequestInput,
  messages.TxnOffsetCommitResponse,
  messages.TxnOffsetCommitResponseInput
> = api('TxnOffsetCommit', messages.txnOffsetCommitRequest, messages.txnOffsetCommitResponse)
export const DescribeAcls: Api<
  messages.DescribeAclsRequest,
  messages.DescribeAclsRequestInput,
  messages.DescribeAclsResponse,
  messages.DescribeAclsResponseInput
> = api('DescribeAcls', messages.describeAclsRequest, messages.describeAclsResponse)
export const CreateAcls: Api<
  messages.CreateAclsRequest,
  messages.CreateAclsRequestInput,
  messages.CreateAclsResponse,
  messages.CreateAclsResponseInput
> = api('CreateAcls', messages.createAclsRequest, messages.createAclsResponse)
export const DeleteAcls: Api<
  messages.DeleteAclsRequest,
  messages.DeleteAclsRequestInput,
  messages.DeleteAclsResponse,
  messages.DeleteAclsResponseInput
> = api('DeleteAcls', messages.deleteAclsRequest, messages.deleteAclsResponse)
export const DescribeConfigs: Api<
  messages.DescribeConfigsRequest,
  messages.DescribeConfigsRequestInput,
  messages.DescribeConfigsResponse,
  messages.DescribeConfigsResponseInput
> = api('DescribeConfigs', messages.describeConfigsRequest, messages.describeConfigsResponse)
export const AlterConfigs: Api<
  messages.AlterConfigsRequest,
  messages.AlterConfigsRequestInput,
  messages.AlterConfigsResponse,
  messages.AlterConfigsResponseInput
> = api('AlterConfigs', messages.alterConfigsRequest, messages.alterConfigsResponse)
export const AlterReplicaLogDirs: Api<
  messages.AlterReplicaLogDirsRequest,
  messages.AlterReplicaLogDirsRequestInput,
  messages.AlterReplicaLogDirsResponse,
  messages.AlterReplicaLogDirsResponseInput
> = api('AlterReplicaLogDirs', messages.alterReplicaLogDirsRequest, messages.alterReplicaLogDirsResponse)
export const DescribeLogDirs: Api<
  messages.DescribeLogDirsRequest,
  messages.DescribeLogDirsRequestInput,
  messages.DescribeLogDirsResponse,
  messages.DescribeLogDirsResponseInput
> = api('DescribeLogDirs', messages.describeLogDirsRequest, messages.describeLogDirsResponse)
export const SaslAuthenticate: Api<
  messages.SaslAuthenticateRequest,
  messages.SaslAuthenticateRequestInput,
  messages.SaslAuthenticateResponse,
  messages.SaslAuthenticateResponseInput
> = api('SaslAuthenticate', messages.saslAuthenticateRequest, messages.saslAuthenticateResponse)
export const CreatePartitions: Api<
  messages.CreatePartitionsRequest,
  messages.CreatePartitionsRequestInput,
  messages.CreatePartitionsResponse,
  messages.CreatePartitionsResponseInput
> = api('CreatePartitions', messages.createPartitionsRequest, messages.createPartitionsResponse)
export const CreateDelegationToken: Api<
  messages.CreateDelegationTokenRequest,
  messages.CreateDelegationTokenRequestInput,
  messages.CreateDelegationTokenResponse,
  messages.CreateDelegationTokenResponseInput
> = api('CreateDelegationToken', messages.createDelegationTokenRequest, messages.createDelegationTokenResponse)
export const RenewDelegationToken: Api<
  messages.RenewDelegationTokenRequest,
  messages.RenewDelegationTokenRequestInput,
  messages.RenewDelegationTokenResponse,
  messages.RenewDelegationTokenResponseInput
> = api('RenewDelegationToken', messages.renewDelegationTokenRequest, messages.renewDelegationTokenResponse)
export const ExpireDelegationToken: Api<
  messages.ExpireDelegationTokenRequest,
  messages.ExpireDelegationTokenRequestInput,
  messages.ExpireDelegationTokenResponse,
  messages.ExpireDelegationTokenResponseInput
> = api('ExpireDelegationToken', messages.expireDelegationTokenRequest, messages.expireDelegationTokenResponse)
export const DescribeDelegationToken: Api<
  messages.DescribeDelegationTokenRequest,
  messages.DescribeDelegationTokenRequestInput,
  messages.DescribeDelegationTokenResponse,
  messages.DescribeDelegationTokenResponseInput
> = api('DescribeDelegationToken', messages.describeDelegationTokenRequest, messages.describeDelegationTokenResponse)
export const DeleteGroups: Api<
  messages.DeleteGroupsRequest,
  messages.DeleteGroupsRequestInput,
  messages.DeleteGroupsResponse,
  messages.DeleteGroupsResponseInput
> = api('DeleteGroups', messages.deleteGroupsRequest, messages.deleteGroupsResponse)
export const ElectLeaders: Api<
  messages.ElectLeadersRequest,
  messages.ElectLeadersRequestInput,
  messages.ElectLeadersResponse,
  messages.ElectLeadersResponseInput
> = api('ElectLeaders', messages.electLeadersRequest, messages.electLeadersResponse)
export const IncrementalAlterConfigs: Api<
  messages.IncrementalAlterConfigsRequest,
  messages.IncrementalAlterConfigsRequestInput,
  messages.IncrementalAlterConfigsResponse,
  messages.IncrementalAlterConfigsResponseInput
> = api('IncrementalAlterConfigs', messages.incrementalAlterConfigsRequest, messages.incrementalAlterConfigsResponse)
export const AlterPartitionReassignments: Api<
  messages.AlterPartitionReassignmentsRequest,
  messages.AlterPartitionReassignmentsRequestInput,
  messages.AlterPartitionReassignmentsResponse,
  messages.AlterPartitionReassignmentsResponseInput
> = api(
  'AlterPartitionReassignments',
  messages.alterPartitionReassignmentsRequest,
  messages.alterPartitionReassignmentsResponse,
)
export const ListPartitionReassignments: Api<
  messages.ListPartitionReassignmentsRequest,
  messages.ListPartitionReassignmentsRequestInput,
  messages.ListPartitionReassignmentsResponse,
  messages.ListPartitionReassignmentsResponseInput
> = api(
  'ListPartitionReassignments',
  messages.listPartitionReassignmentsRequest,
  messages.listPartitionReassignmentsResponse,
)
export const OffsetDelete: Api<
  messages.OffsetDeleteRequest,
  messages.OffsetDeleteRequestInput,
  messages.OffsetDeleteResponse,
  messages.OffsetDeleteResponseInput
> = api('OffsetDelete', messages.offsetDeleteRequest, messages.offsetDeleteResponse)
export const DescribeClientQuotas: Api<
  messages.DescribeClientQuotasRequest,
  messages.DescribeClientQuotasRequestInput,
  messages.DescribeClientQuotasResponse,
  messages.DescribeClientQuotasResponseInput
> = api('DescribeClientQuotas', messages.describeClientQuotasRequest, messages.describeClientQuotasResponse)
export const AlterClientQuotas: Api<
  messages.AlterClientQuotasRequest,
  messages.AlterClientQuotasRequestInput,
  messages.AlterClientQuotasResponse,
  messages.AlterClientQuotasResponseInput
> = api('AlterClientQuotas', messages.alterClientQuotasRequest, messages.alterClientQuotasResponse)
export const DescribeUserScramCredentials: Api<
  messages.DescribeUserScramCredentialsRequest,
  messages.DescribeUserScramCredentialsRequestInput,
  messages.DescribeUserScramCredentialsResponse,
  messages.DescribeUserScramCredentialsResponseInput
> = api(
  'DescribeUserScramCredentials',
  messages.describeUserScramCredentialsRequest,
  messages.describeUserScramCredentialsResponse,
)
export const AlterUserScramCredentials: Api<
  messages.AlterUserScramCredentialsRequest,
  messages.AlterUserScramCredentialsRequestInput,
  messages.AlterUserScramCredentialsResponse,
  messages.AlterUserScramCredentialsResponseInput
> = api(
  'AlterUserScramCredentials',
  messages.alterUserScramCredentialsRequest,
  messages.alterUserScramCredentialsResponse,
)
export const Vote: Api<
  messages.VoteRequest,
  messages.VoteRequestInput,
  messages.VoteResponse,
  messages.VoteResponseInput
> = api('Vote', messages.voteRequest, messages.voteResponse)
export const BeginQuorumEpoch: Api<
  messages.BeginQuorumEpochRequest,
  messages.BeginQuorumEpochRequestInput,
  messages.BeginQuorumEpochResponse,
  messages.BeginQuorumEpochResponseInput
> = api('BeginQuorumEpoch', messages.beginQuorumEpochRequest, messages.beginQuorumEpochResponse)
export const EndQuorumEpoch: Api<
  messages.EndQuorumEpochRequest,
  messages.EndQuorumEpochRequestInput,
  messages.EndQuorumEpochResponse,
  messages.EndQuorumEpochResponseInput
> = api('EndQuorumEpoch', messages.endQuorumEpochRequest, messages.endQuorumEpochResponse)
export const DescribeQuorum: Api<
  messages.DescribeQuorumRequest,
  messages.DescribeQuorumRequestInput,
  messages.DescribeQuorumResponse,
  messages.DescribeQuorumResponseInput
> = api('DescribeQuorum', messages.describeQuorumRequest, messages.describeQuorumResponse)
export const AlterPartition: Api<
  messages.AlterPartitionRequest,
  messages.AlterPartitionRequestInput,
  messages.AlterPartitionResponse,
  messages.AlterPartitionResponseInput
> = api('AlterPartition', messages.alterPartitionRequest, messages.alterPartitionResponse)
export const UpdateFeatures: Api<
  messages.UpdateFeaturesRequest,
  messages.UpdateFeaturesRequestInput,
  messages.UpdateFeaturesResponse,
  messages.UpdateFeaturesResponseInput
> = api('UpdateFeatures', messages.updateFeaturesRequest, messages.updateFeaturesResponse)
export const Envelope: Api<
  messages.EnvelopeRequest,
  messages.EnvelopeRequestInput,
  messages.EnvelopeResponse,
  messages.EnvelopeResponseInput
> = api('Envelope', messages.envelopeRequest, messages.envelopeResponse)
export const FetchSnapshot: Api<
  messages.FetchSnapshotRequest,
  messages.FetchSnapshotRequestInput,
  messages.FetchSnapshotResponse,
  messages.FetchSnapshotResponseInput
> = api('FetchSnapshot', messages.fetchSnapshotRequest, messages.fetchSnapshotResponse)
export const DescribeCluster: Api<
  messages.DescribeClusterRequest,
  messages.DescribeClusterRequestInput,
  messages.DescribeClusterResponse,
  messages.DescribeClusterResponseInput
> = api('DescribeCluster', messages.describeClusterRequest, messages.describeClusterResponse)
export const DescribeProducers: Api<
  messages.DescribeProducersRequest,
  messages.DescribeProducersRequestInput,
  messages.DescribeProducersResponse,
  messages.DescribeProducersResponseInput
> = api('DescribeProducers', messages.describeProducersRequest, messages.describeProducersResponse)
export const BrokerRegistration: Api<
  messages.BrokerRegistrationRequest,
  messages.BrokerRegistrationRequestInput,
  messages.BrokerRegistrationResponse,
  messages.BrokerRegistrationResponseInput
> = api('BrokerRegistration', messages.brokerRegistrationRequest, messages.brokerRegistrationResponse)
export const BrokerHeartbeat: Api<
  messages.BrokerHeartbeatRequest,
  messages.BrokerHeartbeatRequestInput,
  messages.BrokerHeartbeatResponse,
  messages.BrokerHeartbeatResponseInput
> = api('BrokerHeartbeat', messages.brokerHeartbeatRequest, messages.brokerHeartbeatResponse)
export const UnregisterBroker: Api<
  messages.UnregisterBrokerRequest,
  messages.UnregisterBrokerRequestInput,
  messages.UnregisterBrokerResponse,
  messages.UnregisterBrokerResponseInput
> = api('UnregisterBroker', messages.unregisterBrokerRequest, messages.unregisterBrokerResponse)
export const DescribeTransactions: Api<
  messages.DescribeTransactionsRequest,
  messages.DescribeTransactionsRequestInput,
  messages.DescribeTransactionsResponse,
  messages.DescribeTransactionsResponseInput
> = api('DescribeTransactions', messages.describeTransactionsRequest, messages.describeTransactionsResponse)
export const ListTransactions: Api<
  messages.ListTransactionsRequest,
  messages.ListTransactionsRequestInput,
  messages.ListTransactionsResponse,
  messages.ListTransactionsResponseInput
> = api('ListTransactions', messages.listTransactionsRequest, messages.listTransactionsResponse)
export const AllocateProducerIds: Api<
  messages.AllocateProducerIdsRequest,
  messages.AllocateProducerIdsRequestInput,
  messages.AllocateProducerIdsResponse,
  messages.AllocateProducerIdsResponseInput
> = api('AllocateProducerIds', messages.allocateProducerIdsRequest, messages.allocateProducerIdsResponse)
export const ConsumerGroupHeartbeat: Api<
  messages.ConsumerGroupHeartbeatRequest,
  messages.ConsumerGroupHeartbeatRequestInput,
  messages.ConsumerGroupHeartbeatResponse,
  messages.ConsumerGroupHeartbeatResponseInput
> = api('ConsumerGroupHeartbeat', messages.consumerGroupHeartbeatRequest, messages.consumerGroupHeartbeatResponse)
export const ConsumerGroupDescribe: Api<
  messages.ConsumerGroupDescribeRequest,
  messages.ConsumerGroupDescribeRequestInput,
  messages.ConsumerGroupDescribeResponse,
  messages.ConsumerGroupDescribeResponseInput
> = api('ConsumerGroupDescribe', messages.consumerGroupDescribeRequest, messages.consumerGroupDescribeResponse)
export const ControllerRegistration: Api<
  messages.ControllerRegistrationRequest,
  messages.ControllerRegistrationRequestInput,
  messages.ControllerRegistrationResponse,
  messages.ControllerRegistrationResponseInput
> = api('ControllerRegistration', messages.controllerRegistrationRequest, messages.controllerRegistrationResponse)
export const GetTelemetrySubscriptions: Api<
  messages.GetTelemetrySubscriptionsRequest,
  messages.GetTelemetrySubscriptionsRequestInput,
  messages.GetTelemetrySubscriptionsResponse,
  messages.GetTelemetrySubscriptionsResponseInput
> = api(
  'GetTelemetrySubscriptions',
  messages.getTelemetrySubscriptionsRequest,
  messages.getTelemetrySubscriptionsResponse,
)
export const PushTelemetry: Api<
  messages.PushTelemetryRequest,
  messages.PushTelemetryRequestInput,
  messages.PushTelemetryResponse,
  messages.PushTelemetryResponseInput
> = api('PushTelemetry', messages.pushTelemetryRequest, messages.pushTelemetryResponse)
export const AssignReplicasToDirs: Api<
  messages.AssignReplicasToDirsRequest,
  messages.AssignReplicasToDirsRequestInput,
  messages.AssignReplicasToDirsResponse,
  messages.AssignReplicasToDirsResponseInput
> = api('AssignReplicasToDirs', messages.assignReplicasToDirsRequest, messages.assignReplicasToDirsResponse)
export const ListConfigResources: Api<
  messages.ListConfigResourcesRequest,
  messages.ListConfigResourcesRequestInput,
  messages.ListConfigResourcesResponse,
  messages.ListConfigResourcesResponseInput
> = api('ListConfigResources', messages.listConfigResourcesRequest, messages.listConfigResourcesResponse)
export const DescribeTopicPartitions: Api<
  messages.DescribeTopicPartitionsRequest,
  messages.DescribeTopicPartitionsRequestInput,
  messages.DescribeTopicPartitionsResponse,
  messages.DescribeTopicPartitionsResponseInput
> = api('DescribeTopicPartitions', messages.describeTopicPartitionsRequest, messages.describeTopicPartitionsResponse)
export const ShareGroupHeartbeat: Api<
  messages.ShareGroupHeartbeatRequest,
  messages.ShareGroupHeartbeatRequestInput,
  messages.ShareGroupHeartbeatResponse,
  messages.ShareGroupHeartbeatResponseInput
> = api('ShareGroupHeartbeat', messages.shareGroupHeartbeatRequest, messages.shareGroupHeartbeatResponse)
export const ShareGroupDescribe: Api<
  messages.ShareGroupDescribeRequest,
  messages.ShareGroupDescribeRequestInput,
  messages.ShareGroupDescribeResponse,
  messages.ShareGroupDescribeResponseInput
> = api('ShareGroupDescribe', messages.shareGroupDescribeRequest, messages.shareGroupDescribeResponse)
export const ShareFetch: Api<
  messages.ShareFetchRequest,
  messages.ShareFetchRequestInput,
  messages.ShareFetchResponse,
  messages.ShareFetchResponseInput
> = api('ShareFetch', messages.shareFetchRequest, messages.shareFetchResponse)
export const ShareAcknowledge: Api<
  messages.ShareAcknowledgeRequest,
  messages.ShareAcknowledgeRequestInput,
  messages.ShareAcknowledgeResponse,
  messages.ShareAcknowledgeResponseInput
> = api('ShareAcknowledge', messages.shareAcknowledgeRequest, messages.shareAcknowledgeResponse)
export const AddRaftVoter: Api<
  messages.AddRaftVoterRequest,
  messages.AddRaftVoterRequestInput,
  messages.AddRaftVoterResponse,
  messages.AddRaftVoterResponseInput
> = api('AddRaftVoter', messages.addRaftVoterRequest, messages.addRaftVoterResponse)
export const RemoveRaftVoter: Api<
  messages.RemoveRaftVoterRequest,
  messages.RemoveRaftVoterRequestInput,
  messages.RemoveRaftVoterResponse,
  messages.RemoveRaftVoterResponseInput
> = api('RemoveRaftVoter', messages.removeRaftVoterRequest, messages.removeRaftVoterResponse)
export const UpdateRaftVoter: Api<
  messages.UpdateRaftVoterRequest,
  messages.UpdateRaftVoterRequestInput,
  messages.UpdateRaftVoterResponse,
  messages.UpdateRaftVoterResponseInput
> = api('UpdateRaftVoter', messages.updateRaftVoterRequest, messages.updateRaftVoterResponse)
export const InitializeShareGroupState: Api<
  messages.InitializeShareGroupStateRequest,
  messages.InitializeShareGroupStateRequestInput,
  messages.InitializeShareGroupStateResponse,
  messages.InitializeShareGroupStateResponseInput
> = api(
  'InitializeShareGroupState',
  messages.initializeShareGroupStateRequest,
  messages.initializeShareGroupStateResponse,
)
export const ReadShareGroupState: Api<
  messages.ReadShareGroupStateRequest,
  messages.ReadShareGroupStateRequestInput,
  messages.ReadShareGroupStateResponse,
  messages.ReadShareGroupStateResponseInput
> = api('ReadShareGroupState', messages.readShareGroupStateRequest, messages.readShareGroupStateResponse)
export const WriteShareGroupState: Api<
  messages.WriteShareGroupStateRequest,
  messages.WriteShareGroupStateRequestInput,
  messages.WriteShareGroupStateResponse,
  messages.WriteShareGroupStateResponseInput
> = api('WriteShareGroupState', messages.writeShareGroupStateRequest, messages.writeShareGroupStateResponse)
export const DeleteShareGroupState: Api<
  messages.DeleteShareGroupStateRequest,
  messages.DeleteShareGroupStateRequestInput,
  messages.DeleteShareGroupStateResponse,
  messages.DeleteShareGroupStateResponseInput
> = api('DeleteShareGroupState', messages.deleteShareGroupStateRequest, messages.deleteShareGroupStateResponse)
export const ReadShareGroupStateSummary: Api<
  messages.ReadShareGroupStateSummaryRequest,
  messages.ReadShareGroupStateSummaryRequestInput,
  messages.ReadShareGroupStateSummaryResponse,
  messages.ReadShareGroupStateSummaryResponseInput
> = api(
  'ReadShareGroupStateSummary',
  messages.readShareGroupStateSummaryRequest,
  messages.readShareGroupStateSummaryResponse,
)
export const StreamsGroupHeartbeat: Api<
  messages.StreamsGroupHeartbeatRequest,
  messages.StreamsGroupHeartbeatRequestInput,
  messages.StreamsGroupHeartbeatResponse,
  messages.StreamsGroupHeartbeatResponseInput
> = api('StreamsGroupHeartbeat', messages.streamsGroupHeartbeatRequest, messages.streamsGroupHeartbeatResponse)
export const StreamsGroupDescribe: Api<
  messages.StreamsGroupDescribeRequest,
  messages.StreamsGroupDescribeRequestInput,
  messages.StreamsGroupDescribeResponse,
  messages.StreamsGroupDescribeResponseInput
> = api('StreamsGroupDescribe', messages.streamsGroupDescribeRequest, messages.streamsGroupDescribeResponse)
export const DescribeShareGroupOffsets: Api<
  messages.DescribeShareGroupOffsetsRequest,
  messages.DescribeShareGroupOffsetsRequestInput,
  messages.DescribeShareGroupOffsetsResponse,
  messages.DescribeShareGroupOffsetsResponseInput
> = api(
  'DescribeShareGroupOffsets',
  messages.describeShareGroupOffsetsRequest,
  messages.describeShareGroupOffsetsResponse,
)
export const AlterShareGroupOffsets: Api<
  messages.AlterShareGroupOffsetsRequest,
  messages.AlterShareGroupOffsetsRequestInput,
  messages.AlterShareGroupOffsetsResponse,
  messages.AlterShareGroupOffsetsResponseInput
> = api('AlterShareGroupOffsets', messages.alterShareGroupOffsetsRequest, messages.alterShareGroupOffsetsResponse)
export const DeleteShareGroupOffsets: Api<
  messages.DeleteShareGroupOffsetsRequest,
  messages.DeleteShareGroupOffsetsRequestInput,
  messages.DeleteShareGroupOffsetsResponse,
  messages.DeleteShareGroupOffsetsResponseInput
> = api('DeleteShareGroupOffsets', messages.deleteShareGroupOffsetsRequest, messages.deleteShareGroupOffsetsResponse)
