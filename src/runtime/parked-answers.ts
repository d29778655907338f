import type { GroupEvent, GroupResponse } from '../coordinator/index.ts'
import type { Request } from './request.ts'

export interface ParkedReply {
  readonly request: Request
  readonly response: GroupResponse
}

/** What one step wants to say, once all that it could have seen is durable. */
export interface ParkedStep {
  /** End of the shard's log after the step. */
  readonly offset: bigint
  readonly replies: readonly ParkedReply[]
  readonly events: readonly GroupEvent[]
}

/** Steps in the order of the log, until its durable offset has passed them. */
export class ParkedAnswers {
  #steps: ParkedStep[] = []
  /** Steps before it have left already; cut off now and then, not one by one. */
  #head = 0

  get isEmpty(): boolean {
    return this.#head === this.#steps.length
  }

  add(step: ParkedStep): void {
    this.#steps.push(step)
  }

  /** The next step whose offset is durable. */
  takeDurable(durableOffset: bigint): ParkedStep | undefined {
    const step = this.#steps[this.#head]
    if (step === undefined || step.offset > durableOffset) return undefined
    this.#head++
    if (this.#head === this.#steps.length) {
      this.#steps = []
      this.#head = 0
    } else if (this.#head >= 1024) {
      this.#steps = this.#steps.slice(this.#head)
      this.#head = 0
    }
    return step
  }

  takeAll(): readonly ParkedStep[] {
    const steps = this.#steps.slice(this.#head)
    this.#steps = []
    this.#head = 0
    return steps
  }
}
