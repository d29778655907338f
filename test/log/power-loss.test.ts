import assert from 'node:assert/strict'
import { test } from 'vitest'
import { loadCodecs } from '../../src/wire/index.ts'
import { seedCountOf } from '../support/seeds.ts'
import { type SimulationCounts, simulatePowerLoss } from './support/power-loss.ts'

/** KOHORT_SEED=n runs that one; KOHORT_SEED_FROM and KOHORT_SEEDS a range: which is the first, and how many. */
const seeds = Number(process.env.KOHORT_SEEDS ?? seedCountOf({ full: 3_000, usual: 300, quick: 90 }))
const firstSeed = Number(process.env.KOHORT_SEED ?? process.env.KOHORT_SEED_FROM ?? 1)

test(
  'whatever the disk drops, tears or reorders, nothing acknowledged or seen is lost, changed or invented',
  async () => {
    await loadCodecs()
    const total: SimulationCounts = {
      crashes: 0,
      records: 0,
      coldStarts: 0,
      cleanStops: 0,
      storageErrors: 0,
      cleanings: 0,
      damages: 0,
    }
    const count = process.env.KOHORT_SEED === undefined ? seeds : 1
    const failures: Error[] = []
    for (let seed = firstSeed; seed < firstSeed + count && failures.length < FAILURES_MAX; seed++) {
      try {
        const counts = await simulatePowerLoss(seed)
        for (const key of Object.keys(counts) as (keyof SimulationCounts)[]) total[key] += counts[key]
      } catch (error) {
        failures.push(new Error(`KOHORT_SEED=${seed}: ${(error as Error).message}`, { cause: error }))
      }
    }
    if (failures.length === 1) throw failures[0]
    if (failures.length > 1) throw new AggregateError(failures, failures.map(({ message }) => message).join('\n'))
    console.log(`power loss, seeds ${firstSeed} to ${firstSeed + count - 1}:`, total)
    if (count < 100) return
    for (const [what, times] of Object.entries(total)) assert.ok(times > count / 10, `${what}: ${times}`)
  },
  seeds * 2000,
)

/** A long run tells of several, so that one can see whether they have a cause in common. */
const FAILURES_MAX = 10
