import assert from 'node:assert/strict'
import { describe, test } from 'vitest'
import { parseProperties } from '../../../src/broker/configs/index.ts'
import { readFixture } from './fixture.ts'
import { KohortTarget } from './kohort-target.ts'
import { steps } from './scenario.ts'

const fixture = readFixture()

describe('like Apache Kafka 4.2', () => {
  // One after the other: each step finds what the ones before have left.
  const kohort = new KohortTarget(parseProperties(fixture.serverProperties))
  test.each(steps)('$name', async (step) => {
    const expected = fixture.outcomes[step.name]
    assert.ok(expected, 'the fixture lacks this step: record it anew')
    assert.deepEqual(await kohort.run(step), expected)
  })
})
