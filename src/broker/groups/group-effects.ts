import type { Effect, EffectResult } from '../../coordinator/index.ts'
import type { Clock } from '../../platform/index.ts'
import type { MetadataStore } from '../metadata/metadata-store.ts'
import { Assigner } from './assigner.ts'
import { matchTopics } from './topic-regex.ts'

/** Does what the group coordinator asks for because it is too long for one of its steps. */
export class GroupEffects {
  readonly #clock: Clock
  readonly #metadata: MetadataStore
  readonly #assigner: Assigner

  constructor({ clock, metadata }: { readonly clock: Clock; readonly metadata: MetadataStore }) {
    this.#clock = clock
    this.#metadata = metadata
    this.#assigner = new Assigner(clock)
  }

  async run(effect: Effect): Promise<EffectResult> {
    const { groupId } = effect
    switch (effect.type) {
      case 'evaluate-regexes': {
        const { version, topicsByName } = this.#metadata.image
        const timestampMs = Math.trunc(this.#clock.wallMs())
        const matches = await matchTopics(effect.regexes, [...topicsByName.keys()], this.#clock)
        return { type: 'regexes-evaluated', groupId, matches, version, timestampMs }
      }
      case 'assign': {
        const { groupEpoch, assignmentId, assignor, input } = effect
        const assignment = await this.#assigner.assign({ assignor, input })
        return { type: 'assigned', groupId, groupEpoch, assignmentId, assignment }
      }
    }
  }

  stop(): Promise<void> {
    return this.#assigner.stop()
  }
}
