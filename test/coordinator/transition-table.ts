import type { CommandName, StateName } from './transition-scenes.ts'

/**
 * What each command does to a group in each state: the answer, what others are told, and the state after it. As in Kafka 4.2, but that
 * Kafka never answers a waiting join which its own client has superseded (here: REBALANCE_IN_PROGRESS).
 */
export const table: Readonly<Record<CommandName, Readonly<Record<StateName, string>>>> = {
  "JoinGroup: new": {
    "absent": "MEMBER_ID_REQUIRED → Empty",
    "simple": "MEMBER_ID_REQUIRED → Empty",
    "Empty": "MEMBER_ID_REQUIRED → Empty",
    "PreparingRebalance (initial)": "MEMBER_ID_REQUIRED → PreparingRebalance",
    "PreparingRebalance": "MEMBER_ID_REQUIRED → PreparingRebalance",
    "CompletingRebalance": "MEMBER_ID_REQUIRED → CompletingRebalance",
    "Stable": "MEMBER_ID_REQUIRED → Stable"
  },
  "JoinGroup: new, before version 4": {
    "absent": "waits → PreparingRebalance",
    "simple": "waits → PreparingRebalance",
    "Empty": "waits → PreparingRebalance",
    "PreparingRebalance (initial)": "waits → PreparingRebalance",
    "PreparingRebalance": "waits → PreparingRebalance",
    "CompletingRebalance": "waits → PreparingRebalance",
    "Stable": "waits → PreparingRebalance"
  },
  "JoinGroup: new, static": {
    "absent": "waits → PreparingRebalance",
    "simple": "waits → PreparingRebalance",
    "Empty": "waits → PreparingRebalance",
    "PreparingRebalance (initial)": "waits → PreparingRebalance",
    "PreparingRebalance": "waits → PreparingRebalance",
    "CompletingRebalance": "waits → PreparingRebalance",
    "Stable": "waits → PreparingRebalance"
  },
  "JoinGroup: new, no common protocol": {
    "absent": "MEMBER_ID_REQUIRED → Empty",
    "simple": "MEMBER_ID_REQUIRED → Empty",
    "Empty": "MEMBER_ID_REQUIRED → Empty",
    "PreparingRebalance (initial)": "INCONSISTENT_GROUP_PROTOCOL → PreparingRebalance",
    "PreparingRebalance": "INCONSISTENT_GROUP_PROTOCOL → PreparingRebalance",
    "CompletingRebalance": "INCONSISTENT_GROUP_PROTOCOL → CompletingRebalance",
    "Stable": "INCONSISTENT_GROUP_PROTOCOL → Stable"
  },
  "JoinGroup: new, other protocol type": {
    "absent": "MEMBER_ID_REQUIRED → Empty",
    "simple": "MEMBER_ID_REQUIRED → Empty",
    "Empty": "MEMBER_ID_REQUIRED → Empty",
    "PreparingRebalance (initial)": "INCONSISTENT_GROUP_PROTOCOL → PreparingRebalance",
    "PreparingRebalance": "INCONSISTENT_GROUP_PROTOCOL → PreparingRebalance",
    "CompletingRebalance": "INCONSISTENT_GROUP_PROTOCOL → CompletingRebalance",
    "Stable": "INCONSISTENT_GROUP_PROTOCOL → Stable"
  },
  "JoinGroup: P": {
    "absent": "UNKNOWN_MEMBER_ID → absent",
    "simple": "UNKNOWN_MEMBER_ID → Empty",
    "Empty": "UNKNOWN_MEMBER_ID → Empty",
    "PreparingRebalance (initial)": "waits → PreparingRebalance",
    "PreparingRebalance": "waits → PreparingRebalance",
    "CompletingRebalance": "waits → PreparingRebalance",
    "Stable": "waits → PreparingRebalance"
  },
  "JoinGroup: F restarted": {
    "absent": "waits → PreparingRebalance",
    "simple": "waits → PreparingRebalance",
    "Empty": "waits → PreparingRebalance",
    "PreparingRebalance (initial)": "waits, F: FENCED_INSTANCE_ID → PreparingRebalance",
    "PreparingRebalance": "waits → PreparingRebalance",
    "CompletingRebalance": "waits → PreparingRebalance",
    "Stable": "NONE → Stable"
  },
  "JoinGroup: F restarted, other protocol": {
    "absent": "waits → PreparingRebalance",
    "simple": "waits → PreparingRebalance",
    "Empty": "waits → PreparingRebalance",
    "PreparingRebalance (initial)": "INCONSISTENT_GROUP_PROTOCOL → PreparingRebalance",
    "PreparingRebalance": "INCONSISTENT_GROUP_PROTOCOL → PreparingRebalance",
    "CompletingRebalance": "INCONSISTENT_GROUP_PROTOCOL → CompletingRebalance",
    "Stable": "INCONSISTENT_GROUP_PROTOCOL → Stable"
  },
  "JoinGroup: L unchanged": {
    "absent": "UNKNOWN_MEMBER_ID → absent",
    "simple": "UNKNOWN_MEMBER_ID → Empty",
    "Empty": "UNKNOWN_MEMBER_ID → Empty",
    "PreparingRebalance (initial)": "waits, L: REBALANCE_IN_PROGRESS → PreparingRebalance",
    "PreparingRebalance": "waits → PreparingRebalance",
    "CompletingRebalance": "NONE → CompletingRebalance",
    "Stable": "waits → PreparingRebalance"
  },
  "JoinGroup: F unchanged": {
    "absent": "UNKNOWN_MEMBER_ID → absent",
    "simple": "UNKNOWN_MEMBER_ID → Empty",
    "Empty": "UNKNOWN_MEMBER_ID → Empty",
    "PreparingRebalance (initial)": "waits, F: REBALANCE_IN_PROGRESS → PreparingRebalance",
    "PreparingRebalance": "waits → PreparingRebalance",
    "CompletingRebalance": "NONE → CompletingRebalance",
    "Stable": "NONE → Stable"
  },
  "JoinGroup: F changed": {
    "absent": "UNKNOWN_MEMBER_ID → absent",
    "simple": "UNKNOWN_MEMBER_ID → Empty",
    "Empty": "UNKNOWN_MEMBER_ID → Empty",
    "PreparingRebalance (initial)": "waits, F: REBALANCE_IN_PROGRESS → PreparingRebalance",
    "PreparingRebalance": "waits → PreparingRebalance",
    "CompletingRebalance": "waits → PreparingRebalance",
    "Stable": "waits → PreparingRebalance"
  },
  "JoinGroup: unknown member": {
    "absent": "UNKNOWN_MEMBER_ID → absent",
    "simple": "UNKNOWN_MEMBER_ID → Empty",
    "Empty": "UNKNOWN_MEMBER_ID → Empty",
    "PreparingRebalance (initial)": "UNKNOWN_MEMBER_ID → PreparingRebalance",
    "PreparingRebalance": "UNKNOWN_MEMBER_ID → PreparingRebalance",
    "CompletingRebalance": "UNKNOWN_MEMBER_ID → CompletingRebalance",
    "Stable": "UNKNOWN_MEMBER_ID → Stable"
  },
  "JoinGroup: fenced": {
    "absent": "UNKNOWN_MEMBER_ID → absent",
    "simple": "UNKNOWN_MEMBER_ID → Empty",
    "Empty": "UNKNOWN_MEMBER_ID → Empty",
    "PreparingRebalance (initial)": "FENCED_INSTANCE_ID → PreparingRebalance",
    "PreparingRebalance": "FENCED_INSTANCE_ID → PreparingRebalance",
    "CompletingRebalance": "FENCED_INSTANCE_ID → CompletingRebalance",
    "Stable": "FENCED_INSTANCE_ID → Stable"
  },
  "SyncGroup: L": {
    "absent": "UNKNOWN_MEMBER_ID → absent",
    "simple": "UNKNOWN_MEMBER_ID → Empty",
    "Empty": "UNKNOWN_MEMBER_ID → Empty",
    "PreparingRebalance (initial)": "REBALANCE_IN_PROGRESS → PreparingRebalance",
    "PreparingRebalance": "REBALANCE_IN_PROGRESS → PreparingRebalance",
    "CompletingRebalance": "NONE → Stable",
    "Stable": "NONE → Stable"
  },
  "SyncGroup: F": {
    "absent": "UNKNOWN_MEMBER_ID → absent",
    "simple": "UNKNOWN_MEMBER_ID → Empty",
    "Empty": "UNKNOWN_MEMBER_ID → Empty",
    "PreparingRebalance (initial)": "REBALANCE_IN_PROGRESS → PreparingRebalance",
    "PreparingRebalance": "REBALANCE_IN_PROGRESS → PreparingRebalance",
    "CompletingRebalance": "waits → CompletingRebalance",
    "Stable": "NONE → Stable"
  },
  "SyncGroup: old generation": {
    "absent": "UNKNOWN_MEMBER_ID → absent",
    "simple": "UNKNOWN_MEMBER_ID → Empty",
    "Empty": "UNKNOWN_MEMBER_ID → Empty",
    "PreparingRebalance (initial)": "ILLEGAL_GENERATION → PreparingRebalance",
    "PreparingRebalance": "ILLEGAL_GENERATION → PreparingRebalance",
    "CompletingRebalance": "ILLEGAL_GENERATION → CompletingRebalance",
    "Stable": "ILLEGAL_GENERATION → Stable"
  },
  "SyncGroup: unknown member": {
    "absent": "UNKNOWN_MEMBER_ID → absent",
    "simple": "UNKNOWN_MEMBER_ID → Empty",
    "Empty": "UNKNOWN_MEMBER_ID → Empty",
    "PreparingRebalance (initial)": "UNKNOWN_MEMBER_ID → PreparingRebalance",
    "PreparingRebalance": "UNKNOWN_MEMBER_ID → PreparingRebalance",
    "CompletingRebalance": "UNKNOWN_MEMBER_ID → CompletingRebalance",
    "Stable": "UNKNOWN_MEMBER_ID → Stable"
  },
  "SyncGroup: fenced": {
    "absent": "UNKNOWN_MEMBER_ID → absent",
    "simple": "UNKNOWN_MEMBER_ID → Empty",
    "Empty": "UNKNOWN_MEMBER_ID → Empty",
    "PreparingRebalance (initial)": "FENCED_INSTANCE_ID → PreparingRebalance",
    "PreparingRebalance": "FENCED_INSTANCE_ID → PreparingRebalance",
    "CompletingRebalance": "FENCED_INSTANCE_ID → CompletingRebalance",
    "Stable": "FENCED_INSTANCE_ID → Stable"
  },
  "SyncGroup: P": {
    "absent": "UNKNOWN_MEMBER_ID → absent",
    "simple": "UNKNOWN_MEMBER_ID → Empty",
    "Empty": "UNKNOWN_MEMBER_ID → Empty",
    "PreparingRebalance (initial)": "UNKNOWN_MEMBER_ID → PreparingRebalance",
    "PreparingRebalance": "UNKNOWN_MEMBER_ID → PreparingRebalance",
    "CompletingRebalance": "UNKNOWN_MEMBER_ID → CompletingRebalance",
    "Stable": "UNKNOWN_MEMBER_ID → Stable"
  },
  "Heartbeat: L": {
    "absent": "UNKNOWN_MEMBER_ID → absent",
    "simple": "UNKNOWN_MEMBER_ID → Empty",
    "Empty": "UNKNOWN_MEMBER_ID → Empty",
    "PreparingRebalance (initial)": "REBALANCE_IN_PROGRESS → PreparingRebalance",
    "PreparingRebalance": "REBALANCE_IN_PROGRESS → PreparingRebalance",
    "CompletingRebalance": "NONE → CompletingRebalance",
    "Stable": "NONE → Stable"
  },
  "Heartbeat: old generation": {
    "absent": "UNKNOWN_MEMBER_ID → absent",
    "simple": "UNKNOWN_MEMBER_ID → Empty",
    "Empty": "UNKNOWN_MEMBER_ID → Empty",
    "PreparingRebalance (initial)": "ILLEGAL_GENERATION → PreparingRebalance",
    "PreparingRebalance": "ILLEGAL_GENERATION → PreparingRebalance",
    "CompletingRebalance": "ILLEGAL_GENERATION → CompletingRebalance",
    "Stable": "ILLEGAL_GENERATION → Stable"
  },
  "Heartbeat: unknown member": {
    "absent": "UNKNOWN_MEMBER_ID → absent",
    "simple": "UNKNOWN_MEMBER_ID → Empty",
    "Empty": "UNKNOWN_MEMBER_ID → Empty",
    "PreparingRebalance (initial)": "UNKNOWN_MEMBER_ID → PreparingRebalance",
    "PreparingRebalance": "UNKNOWN_MEMBER_ID → PreparingRebalance",
    "CompletingRebalance": "UNKNOWN_MEMBER_ID → CompletingRebalance",
    "Stable": "UNKNOWN_MEMBER_ID → Stable"
  },
  "Heartbeat: fenced": {
    "absent": "UNKNOWN_MEMBER_ID → absent",
    "simple": "UNKNOWN_MEMBER_ID → Empty",
    "Empty": "UNKNOWN_MEMBER_ID → Empty",
    "PreparingRebalance (initial)": "FENCED_INSTANCE_ID → PreparingRebalance",
    "PreparingRebalance": "FENCED_INSTANCE_ID → PreparingRebalance",
    "CompletingRebalance": "FENCED_INSTANCE_ID → CompletingRebalance",
    "Stable": "FENCED_INSTANCE_ID → Stable"
  },
  "LeaveGroup: L": {
    "absent": "UNKNOWN_MEMBER_ID → absent",
    "simple": "UNKNOWN_MEMBER_ID → Empty",
    "Empty": "UNKNOWN_MEMBER_ID → Empty",
    "PreparingRebalance (initial)": "NONE, L: UNKNOWN_MEMBER_ID → PreparingRebalance",
    "PreparingRebalance": "NONE → PreparingRebalance",
    "CompletingRebalance": "NONE → PreparingRebalance",
    "Stable": "NONE → PreparingRebalance"
  },
  "LeaveGroup: P": {
    "absent": "UNKNOWN_MEMBER_ID → absent",
    "simple": "UNKNOWN_MEMBER_ID → Empty",
    "Empty": "UNKNOWN_MEMBER_ID → Empty",
    "PreparingRebalance (initial)": "NONE → PreparingRebalance",
    "PreparingRebalance": "NONE → PreparingRebalance",
    "CompletingRebalance": "NONE → PreparingRebalance",
    "Stable": "NONE → PreparingRebalance"
  },
  "LeaveGroup: F by its instance id": {
    "absent": "UNKNOWN_MEMBER_ID → absent",
    "simple": "UNKNOWN_MEMBER_ID → Empty",
    "Empty": "UNKNOWN_MEMBER_ID → Empty",
    "PreparingRebalance (initial)": "NONE, F: UNKNOWN_MEMBER_ID → PreparingRebalance",
    "PreparingRebalance": "NONE → PreparingRebalance",
    "CompletingRebalance": "NONE → PreparingRebalance",
    "Stable": "NONE → PreparingRebalance"
  },
  "LeaveGroup: unknown member": {
    "absent": "UNKNOWN_MEMBER_ID → absent",
    "simple": "UNKNOWN_MEMBER_ID → Empty",
    "Empty": "UNKNOWN_MEMBER_ID → Empty",
    "PreparingRebalance (initial)": "UNKNOWN_MEMBER_ID → PreparingRebalance",
    "PreparingRebalance": "UNKNOWN_MEMBER_ID → PreparingRebalance",
    "CompletingRebalance": "UNKNOWN_MEMBER_ID → CompletingRebalance",
    "Stable": "UNKNOWN_MEMBER_ID → Stable"
  },
  "LeaveGroup: fenced": {
    "absent": "UNKNOWN_MEMBER_ID → absent",
    "simple": "UNKNOWN_MEMBER_ID → Empty",
    "Empty": "UNKNOWN_MEMBER_ID → Empty",
    "PreparingRebalance (initial)": "FENCED_INSTANCE_ID → PreparingRebalance",
    "PreparingRebalance": "FENCED_INSTANCE_ID → PreparingRebalance",
    "CompletingRebalance": "FENCED_INSTANCE_ID → CompletingRebalance",
    "Stable": "FENCED_INSTANCE_ID → Stable"
  },
  "OffsetCommit: L": {
    "absent": "ILLEGAL_GENERATION → absent",
    "simple": "UNKNOWN_MEMBER_ID → Empty",
    "Empty": "UNKNOWN_MEMBER_ID → Empty",
    "PreparingRebalance (initial)": "NONE → PreparingRebalance",
    "PreparingRebalance": "NONE → PreparingRebalance",
    "CompletingRebalance": "REBALANCE_IN_PROGRESS → CompletingRebalance",
    "Stable": "NONE → Stable"
  },
  "OffsetCommit: old generation": {
    "absent": "ILLEGAL_GENERATION → absent",
    "simple": "UNKNOWN_MEMBER_ID → Empty",
    "Empty": "UNKNOWN_MEMBER_ID → Empty",
    "PreparingRebalance (initial)": "ILLEGAL_GENERATION → PreparingRebalance",
    "PreparingRebalance": "ILLEGAL_GENERATION → PreparingRebalance",
    "CompletingRebalance": "ILLEGAL_GENERATION → CompletingRebalance",
    "Stable": "ILLEGAL_GENERATION → Stable"
  },
  "OffsetCommit: unknown member": {
    "absent": "ILLEGAL_GENERATION → absent",
    "simple": "UNKNOWN_MEMBER_ID → Empty",
    "Empty": "UNKNOWN_MEMBER_ID → Empty",
    "PreparingRebalance (initial)": "UNKNOWN_MEMBER_ID → PreparingRebalance",
    "PreparingRebalance": "UNKNOWN_MEMBER_ID → PreparingRebalance",
    "CompletingRebalance": "UNKNOWN_MEMBER_ID → CompletingRebalance",
    "Stable": "UNKNOWN_MEMBER_ID → Stable"
  },
  "OffsetCommit: fenced": {
    "absent": "ILLEGAL_GENERATION → absent",
    "simple": "UNKNOWN_MEMBER_ID → Empty",
    "Empty": "UNKNOWN_MEMBER_ID → Empty",
    "PreparingRebalance (initial)": "FENCED_INSTANCE_ID → PreparingRebalance",
    "PreparingRebalance": "FENCED_INSTANCE_ID → PreparingRebalance",
    "CompletingRebalance": "FENCED_INSTANCE_ID → CompletingRebalance",
    "Stable": "FENCED_INSTANCE_ID → Stable"
  },
  "OffsetCommit: no member": {
    "absent": "NONE → Empty",
    "simple": "NONE → Empty",
    "Empty": "NONE → Empty",
    "PreparingRebalance (initial)": "UNKNOWN_MEMBER_ID → PreparingRebalance",
    "PreparingRebalance": "UNKNOWN_MEMBER_ID → PreparingRebalance",
    "CompletingRebalance": "UNKNOWN_MEMBER_ID → CompletingRebalance",
    "Stable": "UNKNOWN_MEMBER_ID → Stable"
  },
  "OffsetFetch": {
    "absent": "NONE → absent",
    "simple": "NONE → Empty",
    "Empty": "NONE → Empty",
    "PreparingRebalance (initial)": "NONE → PreparingRebalance",
    "PreparingRebalance": "NONE → PreparingRebalance",
    "CompletingRebalance": "NONE → CompletingRebalance",
    "Stable": "NONE → Stable"
  },
  "OffsetDelete: subscribed topic": {
    "absent": "GROUP_ID_NOT_FOUND → absent",
    "simple": "NONE → Empty",
    "Empty": "NONE → Empty",
    "PreparingRebalance (initial)": "GROUP_SUBSCRIBED_TO_TOPIC → PreparingRebalance",
    "PreparingRebalance": "GROUP_SUBSCRIBED_TO_TOPIC → PreparingRebalance",
    "CompletingRebalance": "GROUP_SUBSCRIBED_TO_TOPIC → CompletingRebalance",
    "Stable": "GROUP_SUBSCRIBED_TO_TOPIC → Stable"
  },
  "OffsetDelete: other topic": {
    "absent": "GROUP_ID_NOT_FOUND → absent",
    "simple": "NONE → Empty",
    "Empty": "NONE → Empty",
    "PreparingRebalance (initial)": "GROUP_SUBSCRIBED_TO_TOPIC → PreparingRebalance",
    "PreparingRebalance": "NONE → PreparingRebalance",
    "CompletingRebalance": "NONE → CompletingRebalance",
    "Stable": "NONE → Stable"
  },
  "DescribeGroup": {
    "absent": "GROUP_ID_NOT_FOUND → absent",
    "simple": "NONE → Empty",
    "Empty": "NONE → Empty",
    "PreparingRebalance (initial)": "NONE → PreparingRebalance",
    "PreparingRebalance": "NONE → PreparingRebalance",
    "CompletingRebalance": "NONE → CompletingRebalance",
    "Stable": "NONE → Stable"
  },
  "DeleteGroup": {
    "absent": "GROUP_ID_NOT_FOUND → absent",
    "simple": "NONE → absent",
    "Empty": "NONE → absent",
    "PreparingRebalance (initial)": "NON_EMPTY_GROUP → PreparingRebalance",
    "PreparingRebalance": "NON_EMPTY_GROUP → PreparingRebalance",
    "CompletingRebalance": "NON_EMPTY_GROUP → CompletingRebalance",
    "Stable": "NON_EMPTY_GROUP → Stable"
  },
  "ListGroups": {
    "absent": "NONE → absent",
    "simple": "NONE → Empty",
    "Empty": "NONE → Empty",
    "PreparingRebalance (initial)": "NONE → PreparingRebalance",
    "PreparingRebalance": "NONE → PreparingRebalance",
    "CompletingRebalance": "NONE → CompletingRebalance",
    "Stable": "NONE → Stable"
  },
  "the sessions end": {
    "absent": "→ absent",
    "simple": "→ Empty",
    "Empty": "→ Empty",
    "PreparingRebalance (initial)": "L: NONE, F: NONE → CompletingRebalance",
    "PreparingRebalance": "new: NONE → CompletingRebalance",
    "CompletingRebalance": "→ Empty",
    "Stable": "→ Empty"
  },
  "the rebalance timeout is over, heartbeats go on": {
    "absent": "→ absent",
    "simple": "→ Empty",
    "Empty": "→ Empty",
    "PreparingRebalance (initial)": "L: NONE, F: NONE → CompletingRebalance",
    "PreparingRebalance": "new: NONE → CompletingRebalance",
    "CompletingRebalance": "→ Empty",
    "Stable": "→ Stable"
  },
  "the connection of F closes": {
    "absent": "→ absent",
    "simple": "→ Empty",
    "Empty": "→ Empty",
    "PreparingRebalance (initial)": "→ PreparingRebalance",
    "PreparingRebalance": "→ PreparingRebalance",
    "CompletingRebalance": "→ CompletingRebalance",
    "Stable": "→ Stable"
  }
}
