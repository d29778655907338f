import type { Api } from '../../../../wire/index.ts'
import type { Cluster } from '../../../cluster/cluster.ts'
import { KafkaError } from '../../../kafka-error.ts'
import type { Beat, HeartbeatSettings } from './heartbeat-events.ts'
import { type CoordinatorCaller, HeartbeatRunner } from './heartbeat-runner.ts'
import type { Heartbeats, OnReport } from './heartbeats.ts'
import type { Progress } from './progress.ts'

export interface InlineHeartbeatsOptions {
  readonly cluster: Cluster
  readonly groupId: string
  readonly settings: HeartbeatSettings
  readonly progress: Progress
  readonly onReport: OnReport
}

/** Heartbeats between the turns of the event loop: a handler that blocks it for longer than the session loses the member its place. */
export class InlineHeartbeats implements Heartbeats {
  readonly mode = 'inline'
  readonly #runner: HeartbeatRunner

  constructor({ cluster, groupId, settings, progress, onReport }: InlineHeartbeatsOptions) {
    const coordinator = new ClusterCoordinator(cluster, groupId)
    this.#runner = new HeartbeatRunner({
      clock: cluster.clock,
      settings,
      progress,
      coordinator,
      onReport,
    })
  }

  beat(beat: Beat | null, memberEpoch?: number): void {
    this.#runner.beat(beat, memberEpoch)
  }

  mayBlock(): void {}

  leave(memberEpoch: -1 | -2): void {
    this.#runner.leave(memberEpoch)
  }

  async close(): Promise<void> {
    this.#runner.close()
  }
}

class ClusterCoordinator implements CoordinatorCaller {
  readonly #cluster: Cluster
  readonly #groupId: string
  readonly #closing = new AbortController()

  constructor(cluster: Cluster, groupId: string) {
    this.#cluster = cluster
    this.#groupId = groupId
  }

  async call<Req, In, Res, ResIn>(
    api: Api<Req, In, Res, ResIn>,
    body: (version: number) => NoInfer<In>,
    options: { readonly timeoutMs: number; readonly minVersion: number },
  ): Promise<Res> {
    const target = { coordinator: 'group', key: this.#groupId } as const
    const { signal } = this.#closing
    return (await this.#cluster.call(target, api, body, { ...options, signal, purpose: 'group' })).body
  }

  coordinatorLost(): void {
    this.#cluster.forgetCoordinator('group', this.#groupId)
  }

  close(): void {
    this.#closing.abort(new KafkaError('CLOSED', 'the consumer is closed'))
  }
}
