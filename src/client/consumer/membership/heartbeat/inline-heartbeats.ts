import { apis } from '../../../../wire/index.ts'
import type { Answer, Cluster } from '../../../cluster/cluster.ts'
import { KafkaError } from '../../../kafka-error.ts'
import { MachineRunner } from '../machine-runner.ts'
import {
  type Beat,
  type HeartbeatEvent,
  type HeartbeatRequest,
  type HeartbeatSettings,
  type HeartbeatStep,
  leaveGroupBody,
} from './heartbeat-events.ts'
import { HeartbeatLoop } from './heartbeat-loop.ts'
import type { Heartbeats, OnReport } from './heartbeats.ts'
import type { Progress } from './progress.ts'

/** Heartbeats between the turns of the event loop: a handler that blocks it for longer than the session loses the member its place. */
export class InlineHeartbeats implements Heartbeats {
  readonly mode = 'inline'
  readonly #cluster: Cluster
  readonly #groupId: string
  readonly #onReport: OnReport
  readonly #runner: MachineRunner<HeartbeatEvent, HeartbeatStep>
  readonly #closed = new AbortController()
  readonly #progress: Progress

  constructor(options: {
    readonly cluster: Cluster
    readonly groupId: string
    readonly settings: HeartbeatSettings
    readonly progress: Progress
    readonly onReport: OnReport
  }) {
    this.#cluster = options.cluster
    this.#groupId = options.groupId
    this.#onReport = options.onReport
    this.#progress = options.progress
    this.#runner = new MachineRunner<HeartbeatEvent, HeartbeatStep>({
      clock: options.cluster.clock,
      machine: new HeartbeatLoop(options.settings),
      makeStep: () => this.#step(),
      tick: { type: 'tick' },
    })
  }

  beat(beat: Beat | null): void {
    this.#runner.dispatch({ type: 'beat', beat })
  }

  leave(memberEpoch: -1 | -2): void {
    this.#runner.dispatch({ type: 'leave', memberEpoch })
  }

  async close(): Promise<void> {
    this.#closed.abort(new KafkaError('CLOSED', 'the consumer is closed'))
    this.#runner.stop()
  }

  #step(): HeartbeatStep {
    return {
      nowMs: this.#cluster.clock.monotonicMs(),
      random: Math.random,
      progress: () => this.#progress.value,
      send: (request) => void this.#send(request),
      coordinatorLost: () => this.#cluster.forgetCoordinator('group', this.#groupId),
      report: this.#onReport,
    }
  }

  async #send(request: HeartbeatRequest): Promise<void> {
    const { id } = request
    try {
      const response = await this.#call(request)
      this.#runner.dispatch({ type: 'answered', id, response })
    } catch (error) {
      if (this.#closed.signal.aborted) return
      const isRetriable = error instanceof KafkaError && error.kind === 'retriable'
      const code = error instanceof KafkaError ? error.code : 'UNKNOWN_SERVER_ERROR'
      this.#runner.dispatch({ type: 'failed', id, isRetriable, code, message: (error as Error).message })
    }
  }

  async #call(request: HeartbeatRequest): Promise<Extract<HeartbeatEvent, { type: 'answered' }>['response']> {
    const target = { coordinator: 'group', key: this.#groupId } as const
    const options = { timeoutMs: request.timeoutMs, signal: this.#closed.signal, purpose: 'group' } as const
    switch (request.api) {
      case 'Heartbeat': {
        const minVersion = request.body.groupInstanceId == null ? 0 : 3
        return bodyOf(await this.#cluster.call(target, apis.Heartbeat, request.body, { ...options, minVersion }))
      }
      case 'ConsumerGroupHeartbeat': {
        // Before version 1 there are no regular expressions.
        const minVersion = request.body.subscribedTopicRegex == null ? 0 : 1
        return bodyOf(
          await this.#cluster.call(target, apis.ConsumerGroupHeartbeat, request.body, { ...options, minVersion }),
        )
      }
      case 'LeaveGroup': {
        const body = (version: number) => leaveGroupBody(request.groupId, request.member, version)
        await this.#cluster.call(target, apis.LeaveGroup, body, options)
        return null
      }
    }
  }
}

function bodyOf<Res>({ body }: Answer<Res>): Res {
  return body
}
