import assert from 'node:assert/strict'
import { test } from 'vitest'
import { seedCountOf } from '../support/seeds.ts'
import { type DurableCounts, DurableWorld } from './durable-world.ts'

/** SIMULATION_SEED=n plays one again; SIMULATION_SEED_FROM and SIMULATION_SEEDS a range: which is the first, and how many. */
const onlySeed = process.env.SIMULATION_SEED
const seedCount = Number(process.env.SIMULATION_SEEDS ?? seedCountOf({ full: 1_000, usual: 150, quick: 50 }))
const firstSeed = Number(onlySeed ?? process.env.SIMULATION_SEED_FROM ?? 1)

test('every commit, assignment, epoch and record that was answered is there after power cuts and deaths of the broker', {
  timeout: 3_600_000,
}, async () => {
  const total: DurableCounts = {
    deaths: 0,
    cleanStops: 0,
    cleanings: 0,
    records: 0,
    commits: 0,
    assignments: 0,
    epochs: 0,
  }
  const count = onlySeed === undefined ? seedCount : 1
  const failures: Error[] = []
  for (let seed = firstSeed; seed < firstSeed + count && failures.length < FAILURES_MAX; seed++) {
    try {
      const counts = await new DurableWorld(seed).run()
      for (const key of Object.keys(counts) as (keyof DurableCounts)[]) total[key] += counts[key]
    } catch (error) {
      failures.push(new Error(`SIMULATION_SEED=${seed}: ${(error as Error).message}`, { cause: error }))
    }
  }
  if (failures.length === 1) throw failures[0]
  if (failures.length > 1) throw new AggregateError(failures, failures.map(({ message }) => message).join('\n'))
  console.log(`power loss under coordinators, seeds ${firstSeed} to ${firstSeed + count - 1}:`, total)
  if (count < 100) return
  for (const [what, times] of Object.entries(total)) assert.ok(times > count / 10, `${what}: ${times}`)
})

/** A long run tells of several, so that one can see whether they have a cause in common. */
const FAILURES_MAX = 10
