import type { Clock } from '../../../../platform/index.ts'
import { type Api, apis } from '../../../../wire/index.ts'
import { KafkaError } from '../../../kafka-error.ts'
import { MachineRunner } from '../machine-runner.ts'
import {
  type Beat,
  type HeartbeatAnswer,
  type HeartbeatEvent,
  type HeartbeatReport,
  type HeartbeatRequest,
  type HeartbeatSettings,
  type HeartbeatStep,
  leaveGroupBody,
} from './heartbeat-events.ts'
import { HeartbeatLoop } from './heartbeat-loop.ts'
import type { SharedProgress } from './progress.ts'

/** How a loop reaches its coordinator: over the cluster, or, in the thread, over a connection of its own. */
export interface CoordinatorCaller {
  call<Req, In, Res, ResIn>(
    api: Api<Req, In, Res, ResIn>,
    body: (version: number) => NoInfer<In>,
    options: { readonly timeoutMs: number; readonly minVersion: number },
  ): Promise<Res>
  coordinatorLost(): void
  /** Connections end; what waits rejects. */
  close(): void
}

export interface HeartbeatRunnerOptions {
  readonly clock: Clock
  readonly settings: HeartbeatSettings
  readonly progress: SharedProgress
  readonly coordinator: CoordinatorCaller
  readonly onReport: (report: HeartbeatReport) => void
}

/** A heartbeat loop with its clock and its coordinator; the same in the thread and inline. */
export class HeartbeatRunner {
  readonly #options: HeartbeatRunnerOptions
  readonly #runner: MachineRunner<HeartbeatEvent, HeartbeatStep>
  #isClosed = false

  constructor(options: HeartbeatRunnerOptions) {
    this.#options = options
    this.#runner = new MachineRunner<HeartbeatEvent, HeartbeatStep>({
      clock: options.clock,
      machine: new HeartbeatLoop(options.settings),
      makeStep: () => this.#step(),
      tick: { type: 'tick' },
    })
  }

  beat(beat: Beat | null, memberEpoch?: number): void {
    this.#runner.dispatch({ type: 'beat', beat, memberEpoch })
  }

  leave(memberEpoch: -1 | -2): void {
    this.#runner.dispatch({ type: 'leave', memberEpoch })
  }

  close(): void {
    this.#isClosed = true
    this.#runner.close()
    this.#options.coordinator.close()
  }

  #step(): HeartbeatStep {
    const { clock, progress, coordinator, onReport } = this.#options
    return {
      nowMs: clock.monotonicMs(),
      random: Math.random,
      progress: () => progress.value,
      send: (request) => {
        if (!this.#isClosed) void this.#send(request)
      },
      coordinatorLost: () => coordinator.coordinatorLost(),
      report: (report) => {
        if (report.type === 'poll-timeout') progress.evicted()
        onReport(report)
      },
    }
  }

  async #send(request: HeartbeatRequest): Promise<void> {
    const { id } = request
    let event: HeartbeatEvent
    try {
      event = { type: 'answered', id, response: await this.#call(request) }
    } catch (error) {
      const isRetriable = error instanceof KafkaError && error.kind === 'retriable'
      const code = error instanceof KafkaError ? error.code : 'UNKNOWN_SERVER_ERROR'
      event = { type: 'failed', id, isRetriable, code, message: (error as Error).message }
    }
    this.#runner.dispatch(event)
  }

  async #call(request: HeartbeatRequest): Promise<HeartbeatAnswer> {
    const { coordinator } = this.#options
    const { timeoutMs } = request
    switch (request.api) {
      case 'Heartbeat': {
        const minVersion = request.body.groupInstanceId == null ? 0 : 3
        return coordinator.call(apis.Heartbeat, () => request.body, { timeoutMs, minVersion })
      }
      case 'ConsumerGroupHeartbeat': {
        // Before version 1 there are no regular expressions.
        const minVersion = request.body.subscribedTopicRegex == null ? 0 : 1
        return coordinator.call(apis.ConsumerGroupHeartbeat, () => request.body, { timeoutMs, minVersion })
      }
      case 'LeaveGroup': {
        const { groupId, member } = request
        const body = (version: number) => leaveGroupBody(groupId, member, version)
        return coordinator.call(apis.LeaveGroup, body, { timeoutMs, minVersion: 0 })
      }
    }
  }
}
