import { Deadline, type Deadlines } from '../deadlines.ts'
import type { DeadlineOwner } from '../group.ts'

/** A member's deadlines: soft state, begun anew after a restart. */
export interface MemberTimers {
  readonly session: Deadline<DeadlineOwner>
  /** Runs while the member has partitions to give up; its rebalance timeout. */
  readonly rebalance: Deadline<DeadlineOwner>
  /** The epoch that the member has to leave before `rebalance`. */
  rebalanceEpoch: number
  /** Classic members: from the answer that told them to rejoin. */
  readonly join: Deadline<DeadlineOwner>
  /** Classic members: from the answer to their join until their sync. */
  readonly sync: Deadline<DeadlineOwner>
}

export function createTimers(groupId: string, memberId: string): MemberTimers {
  return {
    session: new Deadline<DeadlineOwner>({ kind: 'session', groupId, memberId }),
    rebalance: new Deadline<DeadlineOwner>({ kind: 'member-rebalance', groupId, memberId }),
    rebalanceEpoch: -1,
    join: new Deadline<DeadlineOwner>({ kind: 'member-join', groupId, memberId }),
    sync: new Deadline<DeadlineOwner>({ kind: 'member-sync', groupId, memberId }),
  }
}

export function clearTimers(timers: MemberTimers, deadlines: Deadlines<DeadlineOwner>): void {
  deadlines.clear(timers.session)
  deadlines.clear(timers.rebalance)
  deadlines.clear(timers.join)
  deadlines.clear(timers.sync)
}
