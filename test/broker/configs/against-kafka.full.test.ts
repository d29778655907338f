import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'vitest'
import { startBroker } from '../../interop/support/broker.ts'
import { type Fixture, readFixture, writeFixture } from './fixture.ts'
import { KafkaTarget } from './kafka-target.ts'
import { brokerSettings, type Outcome, type Step, steps } from './scenario.ts'

/**
 * Runs the scenario against Apache Kafka 4.2 and compares with what was recorded. KOHORT_RECORD=1 with KOHORT_FULL=1
 * records it anew.
 */
describe.runIf(process.env.KOHORT_FULL === '1')('Apache Kafka 4.2', () => {
  test('answers the scenario as the fixture says', { timeout: 300_000 }, async () => {
    const broker = await startBroker({ target: 'kafka', set: brokerSettings })
    try {
      const properties = readFileSync(join(broker.dataDir, 'server.properties'), 'utf8')
      // Ports and folders differ from run to run.
      const fixed = (text: string) =>
        text
          .replaceAll(broker.dataDir, '/data')
          .replaceAll(String(broker.port + 1), '9093')
          .replaceAll(String(broker.port), '9092')
      const target = await KafkaTarget.connect(broker.port)
      const run = async (step: Step) => JSON.parse(fixed(JSON.stringify(await target.run(step)))) as Outcome
      const outcomes: Record<string, Outcome> = {}
      const recording = process.env.KOHORT_RECORD === '1'
      const fixture = recording ? undefined : readFixture()
      for (const step of steps) outcomes[step.name] = await settled(() => run(step), step, fixture)
      target.close()
      if (recording) writeFixture({ serverProperties: fixed(properties), outcomes })
      else assert.deepEqual(outcomes, fixture?.outcomes)
    } finally {
      await broker.stop()
    }
  })
})

/**
 * Kafka's controller answers a change before its broker has taken it over, so a description is asked for until it is as
 * expected, or when recording, until it has not changed for a second.
 */
async function settled(run: () => Promise<Outcome>, step: Step, fixture: Fixture | undefined): Promise<Outcome> {
  let outcome = await run()
  if (!('describe' in step)) return outcome
  const expected = fixture === undefined ? undefined : JSON.stringify(fixture.outcomes[step.name])
  const deadline = performance.now() + 10_000
  let changed = performance.now()
  const isSettled = () =>
    expected === undefined ? performance.now() - changed > 1_000 : JSON.stringify(outcome) === expected
  while (!isSettled() && performance.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 50))
    const next = await run()
    if (JSON.stringify(next) !== JSON.stringify(outcome)) changed = performance.now()
    outcome = next
  }
  return outcome
}
