/**
 * - unjoined: not a member, or no member in good standing; joins when its wait is over.
 * - revoking: before it joins, gives up what it must; heartbeats go on.
 * - joining: JoinGroup is out, and comes back when all members have joined. No heartbeats: the coordinator expects none.
 * - assigning: it leads, and computes the assignment.
 * - syncing: SyncGroup is out.
 * - assigned: the application is told what it loses and what it gets.
 * - stable: until something asks for a rebalance.
 * - evicted: the application has not asked for records in time; joins again when it does.
 * - leaving: LeaveGroup is out.
 * - left, failed: over, until `start`.
 */
export type ClassicState =
  | 'unjoined'
  | 'revoking'
  | 'joining'
  | 'assigning'
  | 'syncing'
  | 'assigned'
  | 'stable'
  | 'evicted'
  | 'leaving'
  | 'left'
  | 'failed'

/** What a member in this state waits for, in words for `explain()`. */
export const waitsFor: { readonly [State in ClassicState]: string } = {
  unjoined: 'it waits a moment before it joins the group again',
  revoking: 'it gives partitions up before it joins: listeners and running handlers are awaited',
  joining: 'it has joined, and waits until all other members of the group have joined too',
  assigning: 'it leads the group, and computes the assignment',
  syncing: 'it waits for the assignment that the leader of the group computes',
  assigned: 'the application is told what it gets and what it loses',
  stable: 'nothing: it is a member of a stable group',
  evicted: 'the application has not asked for records within maxPollIntervalMs; it joins again when it asks',
  leaving: 'it waits for the coordinator to confirm that it has left',
  left: 'it is not a member of the group',
  failed: 'it was put out of the group for good',
}
