import assert from 'node:assert/strict'
import { afterAll, beforeAll, describe, test } from 'vitest'
import { deliberate, differencesBetween } from './support/differences.ts'
import { plain, readFixture } from './support/fixture.ts'
import { scenarios } from './support/scenarios.ts'
import { type ScenarioTarget, startKohort } from './support/targets.ts'

describe('kohort answers like Apache Kafka 4.2', () => {
  const fixture = readFixture()
  let kohort: ScenarioTarget
  beforeAll(async () => {
    kohort = await startKohort()
  })
  afterAll(() => kohort.stop())

  for (const scenario of scenarios) {
    test(scenario.name, async () => {
      const differences = differencesBetween(plain(await scenario.run(kohort)), fixture[scenario.name])
      assert.deepEqual(differences, Object.keys(deliberate[scenario.name] ?? {}))
    })
  }
})
