// Doc comments for the generated schemas: what each API is for and where it comes from.

/** By API name: what the request asks, its KIPs, what the response tells. */
const apis = {
  Produce: [
    'Appends record batches to partitions',
    'KIP-98, KIP-467, KIP-951, KIP-516',
    'where each batch was appended, or why not',
  ],
  Fetch: [
    'Reads record batches from partitions, waiting for some to arrive',
    'KIP-74, KIP-227, KIP-320, KIP-392, KIP-516, KIP-951, KIP-903, KIP-853, KIP-1166',
    'whole batches from the one that holds the asked offset on; the last may be cut off',
  ],
  ListOffsets: [
    'Asks for the offset at a timestamp, or at the ends of the log',
    'KIP-79, KIP-207, KIP-396, KIP-734, KIP-405, KIP-1005, KIP-1075',
    'the offset and timestamp found for each partition, -1 for none',
  ],
  Metadata: [
    'Asks for the brokers of the cluster and the partitions of topics, creating topics where configured',
    'KIP-4, KIP-430, KIP-516, KIP-700, KIP-1102',
    'brokers, topics and partition leaders',
  ],
  OffsetCommit: [
    "Stores a group's positions",
    'KIP-211, KIP-320, KIP-345, KIP-848',
    'an error code for each partition',
  ],
  OffsetFetch: [
    "Asks for a group's stored positions",
    'KIP-88, KIP-447, KIP-709, KIP-848',
    'committed offsets, -1 where there is none',
  ],
  FindCoordinator: [
    'Asks which broker coordinates groups (type 0), transactions (1) or share state (2)',
    'KIP-98, KIP-699, KIP-932',
    'the coordinator of each key',
  ],
  JoinGroup: [
    'Asks the coordinator to admit the sender to a classic group',
    'KIP-62, KIP-345, KIP-394, KIP-559, KIP-800, KIP-814',
    'the new generation, once all members have joined; the leader also gets the members',
  ],
  Heartbeat: [
    'Renews the session of a member of a classic group',
    'KIP-345',
    'whether the group still stands as the member believes',
  ],
  LeaveGroup: [
    'Removes members from a classic group at once, without waiting for their sessions',
    'KIP-345, KIP-800',
    'an error code for each member',
  ],
  SyncGroup: [
    "Brings the leader's assignment and asks for the sender's own",
    'KIP-345, KIP-559',
    "the sender's part of the assignment",
  ],
  DescribeGroups: [
    'Asks for the state and members of classic groups',
    'KIP-430, KIP-345, KIP-1043',
    'each group, as its coordinator sees it',
  ],
  ListGroups: [
    'Asks a broker for the groups that it coordinates',
    'KIP-518, KIP-848',
    'ids, protocol types, states and types of groups',
  ],
  SaslHandshake: [
    'Announces the SASL mechanism that authenticates the connection',
    'KIP-43, KIP-152',
    'whether the broker has it, and which it has',
  ],
  ApiVersions: [
    'Asks which versions of which APIs the broker serves; the first request on most connections',
    'KIP-35, KIP-511, KIP-584',
    'version ranges and features; always with header version 0',
  ],
  CreateTopics: ['Creates topics', 'KIP-4, KIP-464, KIP-525, KIP-516, KIP-599', 'what became of each topic'],
  DeleteTopics: ['Deletes topics, by name or id', 'KIP-4, KIP-516, KIP-599', 'what became of each topic'],
  DeleteRecords: ['Deletes the records before an offset', 'KIP-107', 'the new start of each log'],
  InitProducerId: [
    'Asks for a producer id and epoch, which make a producer idempotent or transactional',
    'KIP-98, KIP-360, KIP-588, KIP-890, KIP-939',
    'the producer id and epoch',
  ],
  OffsetForLeaderEpoch: [
    'Asks where a leader epoch ended, to find truncation',
    'KIP-101, KIP-279, KIP-320',
    'the end offset of the epoch',
  ],
  AddPartitionsToTxn: [
    'Adds partitions to a transaction, or asks whether they are in it',
    'KIP-98, KIP-890',
    'an error code for each partition',
  ],
  AddOffsetsToTxn: ['Adds the offsets of a group to a transaction', 'KIP-98', 'an error code'],
  EndTxn: ['Commits or aborts a transaction', 'KIP-98, KIP-890', 'an error code, and with version 5 the next epoch'],
  WriteTxnMarkers: [
    'Ends transactions in partitions; from the transaction coordinator to leaders',
    'KIP-98',
    'an error code for each partition',
  ],
  TxnOffsetCommit: [
    "Stores a group's positions within a transaction",
    'KIP-98, KIP-447, KIP-890',
    'an error code for each partition',
  ],
  DescribeAcls: ['Asks for the ACLs that match a filter', 'KIP-140, KIP-290', 'the ACLs'],
  CreateAcls: ['Creates ACLs', 'KIP-140, KIP-290', 'what became of each ACL'],
  DeleteAcls: ['Deletes the ACLs that match filters', 'KIP-140, KIP-290', 'the ACLs that were deleted'],
  DescribeConfigs: [
    'Asks for configs of topics, brokers or groups',
    'KIP-133, KIP-226, KIP-569',
    'values with their sources and synonyms',
  ],
  AlterConfigs: [
    'Replaces all dynamic configs of a resource; IncrementalAlterConfigs is the better one',
    'KIP-133',
    'what became of each resource',
  ],
  AlterReplicaLogDirs: ['Moves replicas between folders of a broker', 'KIP-113', 'an error code for each partition'],
  DescribeLogDirs: [
    "Asks for the folders of a broker's logs and the size of the logs",
    'KIP-113, KIP-827',
    'folders, partitions and sizes',
  ],
  SaslAuthenticate: [
    'Carries the bytes of a SASL exchange',
    'KIP-152, KIP-368',
    "the server's bytes, and how long the session lasts",
  ],
  CreatePartitions: ['Adds partitions to topics', 'KIP-195', 'what became of each topic'],
  CreateDelegationToken: ['Creates a delegation token', 'KIP-48, KIP-373', 'the token'],
  RenewDelegationToken: ['Prolongs a delegation token', 'KIP-48', 'when it expires now'],
  ExpireDelegationToken: ['Ends a delegation token', 'KIP-48', 'when it expires now'],
  DescribeDelegationToken: ['Asks for delegation tokens by owner', 'KIP-48, KIP-373', 'the tokens'],
  DeleteGroups: ['Deletes empty groups with their offsets', 'KIP-229', 'an error code for each group'],
  ElectLeaders: [
    'Asks for elections of preferred or unclean leaders',
    'KIP-183, KIP-460',
    'what became of each partition',
  ],
  IncrementalAlterConfigs: [
    'Sets, deletes, appends to or subtracts from single configs',
    'KIP-339',
    'what became of each resource',
  ],
  AlterPartitionReassignments: [
    'Moves partitions to other brokers',
    'KIP-455, KIP-860',
    'what became of each partition',
  ],
  ListPartitionReassignments: ['Asks for moves of partitions that are going on', 'KIP-455', 'the moves'],
  OffsetDelete: [
    "Deletes a group's positions in topics to which nobody in the group subscribes",
    'KIP-496',
    'an error code for each partition',
  ],
  DescribeClientQuotas: ['Asks for client quotas that match a filter', 'KIP-546', 'the quotas'],
  AlterClientQuotas: ['Sets client quotas', 'KIP-546', 'what became of each entity'],
  DescribeUserScramCredentials: [
    'Asks which SCRAM credentials users have',
    'KIP-554',
    'mechanisms and iterations, never the secrets',
  ],
  AlterUserScramCredentials: ['Creates, changes and deletes SCRAM credentials', 'KIP-554', 'what became of each user'],
  Vote: ['Asks for a vote in the Raft election of controllers', 'KIP-595, KIP-853, KIP-996', 'the vote'],
  BeginQuorumEpoch: ['Announces a new Raft leader', 'KIP-595, KIP-853', 'whether it was accepted'],
  EndQuorumEpoch: ['Announces that a Raft leader resigns', 'KIP-595, KIP-853', 'whether it was accepted'],
  DescribeQuorum: [
    'Asks for the state of the Raft quorum',
    'KIP-595, KIP-836, KIP-853',
    'leader, epoch, voters and observers',
  ],
  AlterPartition: [
    'Changes the in-sync replicas of partitions; from leaders to the controller',
    'KIP-497, KIP-841, KIP-903',
    'the state of each partition',
  ],
  UpdateFeatures: ['Finalizes feature levels of the cluster', 'KIP-584, KIP-778', 'what became of each feature'],
  Envelope: ["Forwards a client's request from a broker to the controller", 'KIP-590', "the controller's answer"],
  FetchSnapshot: ['Reads a piece of a Raft snapshot', 'KIP-630, KIP-853', 'the piece'],
  DescribeCluster: ['Asks for cluster id, controller and brokers', 'KIP-700, KIP-919, KIP-1073', 'the cluster'],
  DescribeProducers: [
    'Asks for the producers that write to partitions',
    'KIP-664',
    'ids, epochs, sequences and open transactions',
  ],
  BrokerRegistration: ['Registers a broker with the controller', 'KIP-631, KIP-858', "the broker's epoch"],
  BrokerHeartbeat: ["Renews a broker's registration", 'KIP-631, KIP-858', 'whether it is fenced or should shut down'],
  UnregisterBroker: ['Removes a broker from the cluster', 'KIP-631', 'an error code'],
  DescribeTransactions: [
    'Asks for the state of transactions',
    'KIP-664',
    'each transaction, as its coordinator sees it',
  ],
  ListTransactions: [
    'Asks a broker for the transactions that it coordinates',
    'KIP-664, KIP-994, KIP-1152',
    'ids, producers and states',
  ],
  AllocateProducerIds: ['Asks the controller for a block of producer ids', 'KIP-730', 'the block'],
  ConsumerGroupHeartbeat: [
    'Joins, stays in, or leaves a group of the consumer protocol',
    'KIP-848, KIP-1082',
    "the member's epoch and, where it changed, its assignment",
  ],
  ConsumerGroupDescribe: [
    'Asks for the state and members of groups of the consumer protocol',
    'KIP-848, KIP-1099',
    'each group, as its coordinator sees it',
  ],
  ControllerRegistration: ['Registers a controller with the quorum', 'KIP-919', 'an error code'],
  GetTelemetrySubscriptions: ['Asks which client metrics the broker wants', 'KIP-714', 'the metrics and the interval'],
  PushTelemetry: ['Brings client metrics', 'KIP-714', 'an error code'],
  AssignReplicasToDirs: [
    'Tells the controller in which folders replicas are',
    'KIP-858',
    'an error code for each partition',
  ],
  ListConfigResources: [
    'Asks for resources that have dynamic configs',
    'KIP-1142, before that KIP-714',
    'their types and names',
  ],
  DescribeTopicPartitions: ['Asks for topics page by page', 'KIP-966', 'topics, partitions and where to go on'],
  ShareGroupHeartbeat: [
    'Joins, stays in, or leaves a share group',
    'KIP-932',
    "the member's epoch and, where it changed, its assignment",
  ],
  ShareGroupDescribe: [
    'Asks for the state and members of share groups',
    'KIP-932',
    'each group, as its coordinator sees it',
  ],
  ShareFetch: [
    'Acquires records for a share group',
    'KIP-932, KIP-1206, KIP-1222',
    'batches and which of their records were acquired',
  ],
  ShareAcknowledge: [
    'Accepts, releases or rejects acquired records',
    'KIP-932, KIP-1222',
    'an error code for each partition',
  ],
  AddRaftVoter: ['Adds a voter to the Raft quorum', 'KIP-853, KIP-1186', 'an error code'],
  RemoveRaftVoter: ['Removes a voter from the Raft quorum', 'KIP-853', 'an error code'],
  UpdateRaftVoter: ['Updates the addresses and versions of a Raft voter', 'KIP-853', 'an error code'],
  InitializeShareGroupState: [
    'Creates the state of share partitions; from the group to the share coordinator',
    'KIP-932',
    'an error code for each partition',
  ],
  ReadShareGroupState: ['Reads the state of share partitions', 'KIP-932', 'the state of each partition'],
  WriteShareGroupState: [
    'Writes the state of share partitions',
    'KIP-932, KIP-1226',
    'an error code for each partition',
  ],
  DeleteShareGroupState: ['Deletes the state of share partitions', 'KIP-932', 'an error code for each partition'],
  ReadShareGroupStateSummary: [
    'Reads the start offsets of share partitions',
    'KIP-932, KIP-1226',
    'the start offset of each partition',
  ],
  StreamsGroupHeartbeat: [
    'Joins, stays in, or leaves a group of Kafka Streams instances',
    'KIP-1071',
    "the member's epoch and, where they changed, its tasks",
  ],
  StreamsGroupDescribe: [
    'Asks for the state and members of streams groups',
    'KIP-1071',
    'each group, as its coordinator sees it',
  ],
  DescribeShareGroupOffsets: [
    'Asks for the start offsets of share groups',
    'KIP-932, KIP-1226',
    'the start offset of each partition',
  ],
  AlterShareGroupOffsets: ['Sets the start offsets of a share group', 'KIP-932', 'an error code for each partition'],
  DeleteShareGroupOffsets: ['Deletes the offsets of a share group', 'KIP-932', 'an error code for each topic'],
}

/** Of what is no request: whole sentences. */
const others = {
  RequestHeader:
    'Stands before every request. Version 2 goes with flexible requests, version 1 with the others (KIP-482).',
  ResponseHeader:
    'Stands before every response. Version 1 goes with flexible responses, but never with ApiVersions (KIP-511).',
  ConsumerProtocolSubscription:
    'What a consumer brings along in JoinGroup: topics, owned partitions, generation, rack (KIP-429, KIP-792, KIP-881).',
  ConsumerProtocolAssignment: 'What a consumer gets in SyncGroup: its partitions.',
  DefaultPrincipalData: 'An authenticated user, as brokers forward it to the controller (KIP-590).',
  EndTxnMarker: 'Value of a COMMIT or ABORT control record, without its two bytes of version (KIP-98).',
  LeaderChangeMessage: 'Value of the control record with which a Raft leader begins (KIP-595).',
  SnapshotHeaderRecord: 'First control record of a Raft snapshot (KIP-630).',
  SnapshotFooterRecord: 'Last control record of a Raft snapshot (KIP-630).',
  KRaftVersionRecord: 'Control record with the level of kraft.version (KIP-853).',
  VotersRecord: 'Control record with the voters of the Raft quorum (KIP-853).',
  LegacyOffsetCommit: 'Position of a group as brokers before 0.9 wrote it; record type 0. Read, never written.',
  OffsetCommit: 'Position of a group in one partition; record type 1 of __consumer_offsets.',
  GroupMetadata: 'Members, generation and assignment of a classic group; record type 2 of __consumer_offsets.',
  ConsumerGroupMetadata: 'Epoch of a consumer group; record type 3 of __consumer_offsets (KIP-848).',
  ConsumerGroupPartitionMetadata:
    'Partition counts that a consumer group saw; record type 4 of __consumer_offsets. Kafka 4.1 and later only delete them (KIP-1101).',
  ConsumerGroupMemberMetadata:
    'Subscription and client of a member of a consumer group; record type 5 of __consumer_offsets (KIP-848).',
  ConsumerGroupTargetAssignmentMetadata:
    'Epoch of the target assignment of a consumer group; record type 6 of __consumer_offsets (KIP-848).',
  ConsumerGroupTargetAssignmentMember:
    'Target assignment of one member of a consumer group; record type 7 of __consumer_offsets (KIP-848).',
  ConsumerGroupCurrentMemberAssignment:
    'What a member of a consumer group has now; record type 8 of __consumer_offsets (KIP-848).',
  ConsumerGroupRegularExpression:
    'Topics that a regular expression of a consumer group matched; record type 16 of __consumer_offsets (KIP-848).',
  ShareGroupMetadata: 'Epoch of a share group; record type 11 of __consumer_offsets (KIP-932).',
  ShareGroupMemberMetadata:
    'Subscription and client of a member of a share group; record type 10 of __consumer_offsets (KIP-932).',
  ShareGroupTargetAssignmentMetadata:
    'Epoch of the target assignment of a share group; record type 12 of __consumer_offsets (KIP-932).',
  ShareGroupTargetAssignmentMember:
    'Target assignment of one member of a share group; record type 13 of __consumer_offsets (KIP-932).',
  ShareGroupCurrentMemberAssignment:
    'What a member of a share group has now; record type 14 of __consumer_offsets (KIP-932).',
  ShareGroupStatePartitionMetadata:
    'Share partitions whose state exists or comes and goes; record type 15 of __consumer_offsets (KIP-932).',
  StreamsGroupMetadata: 'Epoch of a streams group; record type 17 of __consumer_offsets (KIP-1071).',
  StreamsGroupMemberMetadata:
    'Client, topology and process of a member of a streams group; record type 19 of __consumer_offsets (KIP-1071).',
  StreamsGroupTargetAssignmentMetadata:
    'Epoch of the target assignment of a streams group; record type 20 of __consumer_offsets (KIP-1071).',
  StreamsGroupTargetAssignmentMember:
    'Target tasks of one member of a streams group; record type 21 of __consumer_offsets (KIP-1071).',
  StreamsGroupCurrentMemberAssignment:
    'Tasks that a member of a streams group has now; record type 22 of __consumer_offsets (KIP-1071).',
  StreamsGroupTopology: 'Topology of a streams group; record type 23 of __consumer_offsets (KIP-1071).',
  ShareSnapshot: 'Whole state of a share partition; record type 0 of __share_group_state (KIP-932).',
  ShareUpdate:
    'Change of the state of a share partition since its snapshot; record type 1 of __share_group_state (KIP-932).',
  TransactionLog: 'State of one transactional id; record type 0 of __transaction_state (KIP-98, KIP-890).',
}

export function messageDoc({ name, type, apiKey }) {
  const base = name.replace(/(Request|Response|Key|Value)$/, '')
  if (type === 'request') return `${apis[base][0]}; API key ${apiKey} (${apis[base][1]}).`
  if (type === 'response') return `Answers ${base}Request: ${apis[base][2]}.`
  if (type === 'coordinator-key') return `Key: ${others[base][0].toLowerCase()}${others[base].slice(1)}`
  if (type === 'coordinator-value') return `Value: ${others[base][0].toLowerCase()}${others[base].slice(1)}`
  return others[name]
}

/** By message and path, or by name for all messages. */
export const fieldDocs = {
  throttleTimeMs: 'How long a quota made the broker hold the client back, in ms.',
  'JoinGroupRequest.sessionTimeoutMs': 'Longest silence after which the coordinator removes the member, in ms.',
  'JoinGroupRequest.rebalanceTimeoutMs':
    'How long the member may take to rejoin, in ms: max.poll.interval.ms of its client. -1 means the session timeout.',
  'JoinGroupRequest.memberId': "'' for a new member; the coordinator then names one and asks to join again (KIP-394).",
  'JoinGroupRequest.groupInstanceId': 'Name of a static member, which survives restarts (KIP-345).',
  'JoinGroupRequest.protocolType': "'consumer' for consumers, 'connect' for Connect workers.",
  'JoinGroupRequest.protocols': 'In the order of preference; the coordinator chooses one that all members have.',
  'JoinGroupRequest.protocols.metadata': 'Opaque to the coordinator; a ConsumerProtocolSubscription for consumers.',
  'JoinGroupRequest.reason': 'Why the member joins, for people (KIP-800).',
  'JoinGroupResponse.skipAssignment':
    'The leader shall not compute an assignment: the group goes on with the one it has (KIP-814).',
  'JoinGroupResponse.members': 'For the leader only; empty for the others.',
  'SyncGroupRequest.assignments': 'From the leader only; empty from the others.',
  'SyncGroupRequest.assignments.assignment': 'Opaque to the coordinator; a ConsumerProtocolAssignment for consumers.',
  'OffsetCommitRequest.generationIdOrMemberEpoch':
    'Generation of a classic group, member epoch of a consumer group, -1 outside of any (KIP-848).',
  'OffsetCommitRequest.retentionTimeMs':
    'How long to keep the offsets, in ms; -1 for offsets.retention.minutes of the broker (gone with KIP-211).',
  'OffsetFetchRequest.topics': 'null for all topics with offsets.',
  'OffsetFetchRequest.groups.topics': 'null for all topics with offsets.',
  'OffsetFetchRequest.requireStable':
    'Answer UNSTABLE_OFFSET_COMMIT while a transaction has pending offsets (KIP-447).',
  'ProduceRequest.acks': '0: no answer at all; 1: when the leader has it; -1: when it is durable.',
  'ProduceRequest.timeoutMs': 'How long the broker may wait for acks, in ms.',
  'ProduceRequest.topicData.partitionData.records': 'Exactly one batch of magic 2.',
  'ProduceResponse.responses.partitionResponses.logAppendTimeMs':
    'Append time where the topic has LogAppendTime, else -1.',
  'FetchRequest.replicaId': '-1 for consumers.',
  'FetchRequest.maxWaitMs': 'How long to wait for minBytes, in ms.',
  'FetchRequest.maxBytes': 'Soft limit: the first batch is sent even if it is larger.',
  'FetchRequest.isolationLevel': '0: read uncommitted; 1: read committed.',
  'FetchRequest.sessionId': '0 for no session (KIP-227).',
  'FetchRequest.sessionEpoch': '-1: no session; 0: a new one; then rising from 1 (KIP-227).',
  'FetchRequest.topics.partitions.currentLeaderEpoch': '-1 when the client does not know it (KIP-320).',
  'FetchRequest.topics.partitions.lastFetchedEpoch':
    'Epoch of the last record that the client has; -1 for none (KIP-595).',
  'FetchRequest.forgottenTopicsData': 'Partitions to drop from the session (KIP-227).',
  'FetchResponse.responses.partitions.records': 'Whole batches; the last one may be cut off.',
  'FetchResponse.responses.partitions.abortedTransactions': 'For read committed only, else null.',
  'ListOffsetsRequest.topics.partitions.timestamp':
    'In ms, or -1 latest, -2 earliest, -3 max timestamp, -4 earliest local, -5 latest tiered, -6 earliest pending upload.',
  'MetadataRequest.topics': 'null for all topics; in version 0 an empty list means all.',
  'GroupMetadataValue.currentStateTimestamp':
    'When the group entered its state, in ms; offsets of an empty group expire from then on (KIP-211).',
  'OffsetCommitValue.expireTimestamp': '-1 unless the client asked for a retention of its own.',
  'ConsumerGroupMemberMetadataValue.classicMemberMetadata':
    'null for members that speak the consumer protocol: left out it is an empty struct, as in Kafka.',
}
