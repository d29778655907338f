import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { randomTranscript } from '../../scenarios/support/random-transcript.ts'
import { playOnBroker } from '../../scenarios/support/tcp.ts'
import { defaultConfig } from '../../scenarios/support/transcript.ts'
import type { Broker, Target } from '../support/broker.ts'
import { target as defaultTarget, startBroker } from '../support/broker.ts'

const full = process.env.KOHORT_FULL === '1'
/** TRANSCRIPT_SEED=n plays that one again; TRANSCRIPTS_AT=kafka:PORT on a broker that runs already. */
const firstSeed = Number(process.env.TRANSCRIPT_SEED ?? Math.floor(Math.random() * 2 ** 31))
const count = process.env.TRANSCRIPT_SEED !== undefined ? 1 : Number(process.env.TRANSCRIPT_COUNT ?? (full ? 60 : 8))
const running = process.env.TRANSCRIPTS_AT?.split(':')
const targets: Target[] =
  running !== undefined ? [running[0] as Target] : full ? ['kohort', 'kafka'] : [defaultTarget()]

const newRun = (): string => randomBytes(4).toString('hex')

for (const target of targets) {
  describe(`random conversations with ${target}`, () => {
    let broker: Broker | undefined
    beforeAll(async () => {
      if (running === undefined) broker = await startBroker({ target, set: defaultConfig })
    })
    afterAll(() => broker?.stop())
    for (let seed = firstSeed; seed < firstSeed + count; seed++) {
      test(`the broker answers as the state machine does (TRANSCRIPT_SEED=${seed} plays it again)`, async () => {
        const transcript = await randomTranscript(seed)
        const mismatch = await playOnBroker(transcript, broker?.port ?? Number(running![1]), newRun)
        if (mismatch === undefined) return
        const at = transcript.steps.findIndex(
          (step) =>
            step.line === mismatch.line &&
            step.outputs
              .filter((output) => / < /.test(output))
              .sort()
              .join() === mismatch.expected.join(),
        )
        const before = transcript.steps
          .slice(0, at + 1)
          .flatMap((step) => [step.line, ...step.outputs.map((output) => `  ${output}`)])
        expect(mismatch.actual, before.join('\n')).toEqual(mismatch.expected)
      })
    }
  })
}
