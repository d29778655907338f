import assert from 'node:assert/strict'
import { test } from 'vitest'
import { type SimulationCounts, simulatePowerLoss } from './support/power-loss.ts'

const seeds = Number(process.env.KOHORT_SEEDS ?? (process.env.KOHORT_FULL === '1' ? 10_000 : 300))
const firstSeed = Number(process.env.KOHORT_SEED ?? 1)

test(
  'whatever the disk drops, tears or reorders, nothing acknowledged or seen is lost, changed or invented',
  async () => {
    const total: SimulationCounts = { crashes: 0, records: 0, coldStarts: 0, cleanStops: 0, storageErrors: 0 }
    const count = process.env.KOHORT_SEED === undefined ? seeds : 1
    for (let seed = firstSeed; seed < firstSeed + count; seed++) {
      try {
        const counts = await simulatePowerLoss(seed)
        for (const key of Object.keys(counts) as (keyof SimulationCounts)[]) total[key] += counts[key]
      } catch (error) {
        throw new Error(`KOHORT_SEED=${seed}: ${(error as Error).message}`, { cause: error })
      }
    }
    console.log(`power loss, seeds ${firstSeed} to ${firstSeed + count - 1}:`, total)
    if (count < 100) return
    for (const [what, times] of Object.entries(total)) assert.ok(times > count / 10, `${what}: ${times}`)
  },
  seeds * 2000,
)
