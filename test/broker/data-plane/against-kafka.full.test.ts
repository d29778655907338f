import assert from 'node:assert/strict'
import { afterAll, beforeAll, describe, test } from 'vitest'
import { plain, readFixture, writeFixture } from './support/fixture.ts'
import { scenarios } from './support/scenarios.ts'
import { type ScenarioTarget, startKafka } from './support/targets.ts'

/** Apache Kafka 4.2 answers as recorded. KOHORT_RECORD=1 with KOHORT_FULL=1 records anew; KAFKA_PORT names one that runs. */
describe.runIf(process.env.KOHORT_FULL === '1')('Apache Kafka 4.2 answers as the fixture says', () => {
  const isRecording = process.env.KOHORT_RECORD === '1'
  const outcomes: Record<string, unknown> = { ...readFixture() }
  let kafka: ScenarioTarget
  beforeAll(async () => {
    kafka = await startKafka()
  }, 120_000)
  afterAll(async () => {
    if (isRecording) writeFixture(outcomes)
    await kafka.stop()
  })

  for (const scenario of scenarios) {
    test(scenario.name, async () => {
      const outcome = plain(await scenario.run(kafka))
      if (isRecording) outcomes[scenario.name] = outcome
      else assert.deepEqual(outcome, outcomes[scenario.name])
    })
  }
})
