import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { randomConsumerTranscript } from '../../scenarios/support/random-consumer-transcript.ts'
import { randomTranscript } from '../../scenarios/support/random-transcript.ts'
import type { Mismatch } from '../../scenarios/support/tcp.ts'
import { playOnBroker } from '../../scenarios/support/tcp.ts'
import type { Transcript } from '../../scenarios/support/transcript.ts'
import { defaultConfig } from '../../scenarios/support/transcript.ts'
import type { Broker } from '../support/broker.ts'
import { isFullRun } from '../support/suite.ts'
import { startUnlessRunning, targets, toPlayOn } from './target.ts'

/** TRANSCRIPT_SEED=n plays that one again. */
const onlySeed = process.env.TRANSCRIPT_SEED
const firstSeed = Number(onlySeed ?? Math.floor(Math.random() * 2 ** 31))
const count = onlySeed !== undefined ? 1 : Number(process.env.TRANSCRIPT_COUNT ?? (isFullRun ? 60 : 8))

for (const target of targets) {
  describe(`random conversations with ${target}`, () => {
    let broker: Broker | undefined
    beforeAll(async () => {
      broker = await startUnlessRunning(target, defaultConfig)
    })
    afterAll(() => broker?.stop())
    for (let seed = firstSeed; seed < firstSeed + count; seed++) {
      test(`the broker answers a consumer group as the state machine does (TRANSCRIPT_SEED=${seed} plays it again)`, async () => {
        const transcript = await randomConsumerTranscript(seed)
        const mismatch = await playOnBroker(transcript, toPlayOn(broker))
        expect(mismatch?.actual, mismatch && upTo(mismatch, transcript)).toEqual(mismatch?.expected)
      })
      test(`the broker answers as the state machine does (TRANSCRIPT_SEED=${seed} plays it again)`, async () => {
        const transcript = await randomTranscript(seed)
        const mismatch = await playOnBroker(transcript, toPlayOn(broker))
        expect(mismatch?.actual, mismatch && upTo(mismatch, transcript)).toEqual(mismatch?.expected)
      })
    }
  })
}

/** The conversation until they differ. */
function upTo(mismatch: Mismatch, { steps }: Transcript): string {
  return steps
    .slice(0, mismatch.index + 1)
    .flatMap(({ line, outputs }) => [line, ...outputs.map((output) => `  ${output}`)])
    .join('\n')
}
