import type {
  ConsumerGroupCurrentMemberAssignmentValue,
  ConsumerGroupMemberMetadataValue,
} from '../../../wire/index.ts'
import type { GroupEventMember, TimelineEntry, TimelineTrigger, TimelineType } from '../timeline-entry.ts'
import { changes, type Partitions } from './group-snapshot.ts'
import type { OffsetsRecord } from './offsets-record.ts'

interface Member extends Omit<GroupEventMember, 'clientReason'> {
  readonly subscription: string
  readonly epoch: number
  readonly isStable: boolean
  readonly assignment: Partitions
}

interface Rebalance {
  readonly epoch: number
  readonly startedMs: number
  readonly trigger: TimelineTrigger
  targetMs: number | undefined
  readonly unowned: { topic: string; partition: number; ms: number }[]
}

/** `state` of a current assignment: the member has what it shall have. */
const STABLE = 0
/** Member epoch of a static member that says that it will be back. */
const WILL_BE_BACK = -2

/** Concludes from the records of a consumer group (KIP-848) what happened to it. Pure. */
export class ConsumerInference {
  readonly #groupId: string
  readonly #topicName: (topicId: string) => string
  readonly #members = new Map<string, Member>()
  /** Since when partitions have no owner, by `topic-partition`. */
  readonly #freeSince = new Map<string, number>()
  #epoch = -1
  #targetEpoch = -1
  #causes: { readonly trigger: TimelineTrigger; readonly why: string }[] = []
  #rebalance: Rebalance | undefined
  /** Members as the last rebalance left them. */
  #before: ReadonlyMap<string, Member> = new Map()

  constructor(groupId: string, topicName: (topicId: string) => string) {
    this.#groupId = groupId
    this.#topicName = topicName
  }

  get isKnown(): boolean {
    return this.#epoch >= 0
  }

  add(record: OffsetsRecord, timeMs: number): TimelineEntry[] {
    switch (record.type) {
      case 'ConsumerGroupMemberMetadata':
        return record.value === null
          ? this.#gone(record.memberId, timeMs)
          : this.#metadata(record.memberId, record.value, timeMs)
      case 'ConsumerGroupMetadata':
        return record.value === null ? this.#deleted(timeMs) : this.#newEpoch(record.value.epoch, timeMs)
      case 'ConsumerGroupTargetAssignmentMetadata':
        if (record.value === null) return []
        this.#targetEpoch = record.value.assignmentEpoch
        if (this.#rebalance !== undefined) this.#rebalance.targetMs ??= timeMs
        return this.#completed(timeMs)
      case 'ConsumerGroupCurrentMemberAssignment':
        return this.#assigned(record.memberId, record.value, timeMs)
      case 'OffsetCommit':
      case 'GroupMetadata':
        return []
    }
  }

  #metadata(memberId: string, value: ConsumerGroupMemberMetadataValue, timeMs: number): TimelineEntry[] {
    const { instanceId, clientId, clientHost, subscribedTopicNames, subscribedTopicRegex } = value
    const former = this.#members.get(memberId)
    const subscription = `${[...subscribedTopicNames].sort().join(',')}|${subscribedTopicRegex ?? ''}`
    const member: Member = {
      memberId,
      groupInstanceId: instanceId,
      clientId,
      clientHost,
      subscription,
      epoch: former?.epoch ?? 0,
      isStable: former?.isStable ?? false,
      assignment: former?.assignment ?? {},
    }
    this.#members.set(memberId, member)
    if (former === undefined) {
      this.#causes.push({ trigger: 'join', why: `${clientId} joined` })
      return [this.#entry(timeMs, 'member-joined', 'join', 'it joined', member)]
    }
    if (former.subscription !== subscription)
      this.#causes.push({ trigger: 'subscription-change', why: `${clientId} subscribes to something else` })
    return []
  }

  #gone(memberId: string, timeMs: number): TimelineEntry[] {
    const member = this.#members.get(memberId)
    if (member === undefined) return []
    this.#free(member.assignment, {}, timeMs)
    this.#members.delete(memberId)
    this.#causes.push({ trigger: 'leave', why: `${member.clientId} left, or was removed` })
    const reason = 'it left, or was removed: what is stored does not say which'
    return [this.#entry(timeMs, 'member-left', 'unknown', reason, member), ...this.#emptied(timeMs)]
  }

  #emptied(timeMs: number): TimelineEntry[] {
    if (this.#members.size > 0) return []
    this.#before = new Map()
    this.#rebalance = undefined
    return [this.#entry(timeMs, 'group-emptied', 'unknown', 'the last member is gone')]
  }

  #deleted(timeMs: number): TimelineEntry[] {
    const wasKnown = this.isKnown
    this.#members.clear()
    this.#freeSince.clear()
    this.#epoch = -1
    this.#rebalance = undefined
    return wasKnown ? [this.#entry(timeMs, 'group-deleted', 'unknown', 'the group was removed')] : []
  }

  #newEpoch(epoch: number, timeMs: number): TimelineEntry[] {
    if (epoch <= this.#epoch) return []
    this.#epoch = epoch
    const causes = this.#causes.splice(0)
    if (this.#members.size === 0) return []
    const triggers = new Set(causes.map(({ trigger }) => trigger))
    const trigger = triggers.size === 1 ? [...triggers][0]! : triggers.size === 0 ? 'topic-change' : 'unknown'
    const why = causes.length === 0 ? 'its topics changed' : [...new Set(causes.map(({ why }) => why))].join(', ')
    // One that is not over yet goes on: its time counts from when it began.
    const unowned = this.#rebalance?.unowned ?? []
    const startedMs = this.#rebalance?.startedMs ?? timeMs
    this.#rebalance = { epoch, startedMs, trigger, targetMs: undefined, unowned }
    return [this.#entry(timeMs, 'rebalance-started', trigger, `epoch ${epoch}: ${why}`)]
  }

  #assigned(
    memberId: string,
    value: ConsumerGroupCurrentMemberAssignmentValue | null,
    timeMs: number,
  ): TimelineEntry[] {
    const member = this.#members.get(memberId)
    if (member === undefined) return []
    if (value === null) {
      this.#free(member.assignment, {}, timeMs)
      this.#members.set(memberId, { ...member, assignment: {} })
      return []
    }
    const assignment: Partitions = Object.fromEntries(
      value.assignedPartitions.map(({ topicId, partitions }) => [
        this.#topicName(topicId),
        [...partitions].sort((a, b) => a - b),
      ]),
    )
    this.#free(member.assignment, assignment, timeMs)
    this.#take(assignment, timeMs)
    const { memberEpoch, state } = value
    this.#members.set(memberId, { ...member, assignment, epoch: memberEpoch, isStable: state === STABLE })
    if (memberEpoch === WILL_BE_BACK && member.epoch !== WILL_BE_BACK)
      return [this.#entry(timeMs, 'member-left', 'leave', 'the static member says that it will be back', member)]
    return this.#completed(timeMs)
  }

  #free(before: Partitions, after: Partitions, timeMs: number): void {
    for (const [topic, partitions] of Object.entries(before)) {
      for (const partition of partitions) {
        if (after[topic]?.includes(partition) !== true) this.#freeSince.set(`${topic}-${partition}`, timeMs)
      }
    }
  }

  #take(assignment: Partitions, timeMs: number): void {
    for (const [topic, partitions] of Object.entries(assignment)) {
      for (const partition of partitions) {
        const sinceMs = this.#freeSince.get(`${topic}-${partition}`)
        if (sinceMs === undefined) continue
        this.#freeSince.delete(`${topic}-${partition}`)
        this.#rebalance?.unowned.push({ topic, partition, ms: timeMs - sinceMs })
      }
    }
  }

  #completed(timeMs: number): TimelineEntry[] {
    const rebalance = this.#rebalance
    if (rebalance === undefined || this.#targetEpoch !== rebalance.epoch) return []
    for (const { epoch, isStable } of this.#members.values()) {
      if (epoch !== WILL_BE_BACK && (epoch !== rebalance.epoch || !isStable)) return []
    }
    this.#rebalance = undefined
    const before = this.#before
    this.#before = new Map(this.#members)
    const targetMs = rebalance.targetMs ?? timeMs
    const size = `${this.#members.size} ${this.#members.size === 1 ? 'member' : 'members'}`
    const reason = `epoch ${rebalance.epoch} has ${size}`
    return [
      {
        ...this.#entry(timeMs, 'rebalance-completed', rebalance.trigger, reason),
        phases: { prepareMs: targetMs - rebalance.startedMs, syncMs: timeMs - targetMs },
        assignments: changes(before, this.#members),
        ...(rebalance.unowned.length > 0 && { unowned: rebalance.unowned }),
      },
    ]
  }

  #entry(
    timeMs: number,
    type: TimelineType,
    trigger: TimelineTrigger,
    reason: string,
    about?: GroupEventMember,
  ): TimelineEntry {
    const base = { source: 'inferred', timeMs, groupId: this.#groupId, protocol: 'consumer' } as const
    const entry = { ...base, generationId: this.#epoch, type, trigger, reason }
    if (about === undefined) return entry
    const { memberId, groupInstanceId, clientId, clientHost } = about
    return { ...entry, member: { memberId, groupInstanceId, clientId, clientHost } }
  }
}
