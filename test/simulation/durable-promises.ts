import assert from 'node:assert/strict'
import { ClassicGroup, ConsumerGroup, type Group } from '../../src/coordinator/index.ts'

/** Commits of one group for one partition: what was asked for, in the order of the log, and what has to be there. */
interface Commits {
  readonly asked: bigint[]
  /** Index of the last that was answered or seen; -1 for none. */
  floor: number
}

/**
 * What answers have promised. The world keeps it over the deaths of its brokers and compares: a commit that was answered or seen may only
 * give way to a later one, a generation that a member was told of to a later one, and a member that joined is there until it leaves.
 */
export class Promises {
  readonly #commits = new Map<string, Commits>()
  /** By classic group: the last generation of which somebody was told, and what each member of it was told. */
  readonly #generations = new Map<string, { readonly generationId: number; readonly told: Map<string, Told> }>()
  /** Epochs that members of consumer groups were told, by group and member. */
  readonly #epochs = new Map<string, { readonly groupId: string; readonly memberId: string; epoch: number }>()
  readonly #gone = new Map<string, { readonly groupId: string; readonly memberId: string }>()

  /** A power cut under another mode than fsync may take everything. */
  forget(): void {
    for (const commits of this.#commits.values()) commits.floor = -1
    this.#generations.clear()
    this.#epochs.clear()
    this.#gone.clear()
  }

  /** @returns what to call when the commit has been answered without an error */
  commitAsked(groupId: string, partition: string, offset: bigint): () => void {
    const commits = this.#commitsOf(groupId, partition)
    const index = commits.asked.push(offset) - 1
    return () => {
      commits.floor = Math.max(commits.floor, index)
    }
  }

  offsetSeen(groupId: string, partition: string, offset: bigint): void {
    const commits = this.#commitsOf(groupId, partition)
    if (offset === -1n) {
      assert.equal(commits.floor, -1, `${groupId} has no offset for ${partition} any more`)
      return
    }
    const index = commits.asked.indexOf(offset, Math.max(commits.floor, 0))
    const had = commits.asked[commits.floor]
    assert.ok(index >= 0, `${groupId} has offset ${offset} for ${partition}, which is not ${had} or later`)
    commits.floor = index
  }

  partitionsOf(groupId: string): string[] {
    const prefix = `${groupId} `
    return [...this.#commits.keys()].filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length))
  }

  generationTold(groupId: string, generationId: number, member: string, told: Told): void {
    let known = this.#generations.get(groupId)
    if (known === undefined || known.generationId < generationId) {
      known = { generationId, told: new Map() }
      this.#generations.set(groupId, known)
    }
    if (known.generationId === generationId) known.told.set(member, told)
  }

  epochTold(groupId: string, memberId: string, epoch: number): void {
    this.#epochs.set(`${groupId} ${memberId}`, { groupId, memberId, epoch })
  }

  /** From now on it may be there or not. */
  leaveAsked(groupId: string, memberId: string): void {
    this.#epochs.delete(`${groupId} ${memberId}`)
  }

  leaveTold(groupId: string, memberId: string): void {
    this.#gone.set(`${groupId} ${memberId}`, { groupId, memberId })
  }

  /** Compares with groups that were just loaded, before anybody asks them for anything. */
  checkGroups(groupOf: (groupId: string) => Group | undefined): void {
    for (const [groupId, { generationId, told }] of this.#generations) {
      const group = groupOf(groupId)
      assert.ok(group instanceof ClassicGroup, `${groupId} is gone`)
      assert.ok(group.generationId >= generationId, `${groupId} is back in generation ${group.generationId}`)
      if (group.generationId > generationId) continue
      for (const [memberId, { instanceId, assignment }] of told) {
        // Another process may have taken a static member's place, in the same generation.
        const now = instanceId === null ? memberId : group.staticMembers.get(instanceId)
        const member = group.members.get(now ?? '')
        assert.ok(
          member !== undefined,
          `${instanceId ?? memberId} is no longer in generation ${generationId} of ${groupId}`,
        )
        assert.equal(member.assignment.toString(), assignment, `${memberId} of ${groupId} has another assignment`)
      }
    }
    for (const { groupId, memberId, epoch } of this.#epochs.values()) {
      const member = consumerGroup(groupOf(groupId))?.members.get(memberId)
      assert.ok(member !== undefined, `${memberId} is no longer in ${groupId}`)
      assert.ok(member.memberEpoch >= epoch, `${memberId} of ${groupId} is back in epoch ${member.memberEpoch}`)
    }
    for (const { groupId, memberId } of this.#gone.values()) {
      assert.ok(!consumerGroup(groupOf(groupId))?.members.has(memberId), `${memberId} is back in ${groupId}`)
    }
  }

  #commitsOf(groupId: string, partition: string): Commits {
    const key = `${groupId} ${partition}`
    let commits = this.#commits.get(key)
    if (commits === undefined) {
      commits = { asked: [], floor: -1 }
      this.#commits.set(key, commits)
    }
    return commits
  }
}

export interface Told {
  readonly instanceId: string | null
  readonly assignment: string
}

function consumerGroup(group: Group | undefined): ConsumerGroup | undefined {
  return group instanceof ConsumerGroup ? group : undefined
}
