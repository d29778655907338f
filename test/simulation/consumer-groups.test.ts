import { expect, test } from 'vitest'
import { seedCountOf } from '../support/seeds.ts'
import { ConsumerWorld } from './consumer-world.ts'

const seedCount = Number(process.env.SIMULATION_SEEDS ?? seedCountOf({ full: 4_000, usual: 200, quick: 60 }))
/** SIMULATION_SEED=n plays that one world again. */
const onlySeed = process.env.SIMULATION_SEED === undefined ? undefined : Number(process.env.SIMULATION_SEED)
const firstSeed = onlySeed ?? Math.floor(Math.random() * 2 ** 31)

test(`no partition has two owners, whatever gets lost and whichever protocols the members speak, and each group comes to rest (seeds from ${firstSeed})`, {
  timeout: 3_600_000,
}, async () => {
  const totals = { rebalances: 0, conversions: 0 }
  for (let seed = firstSeed; seed < firstSeed + (onlySeed === undefined ? seedCount : 1); seed++) {
    try {
      const world = await play(seed)
      totals.rebalances += world.rebalances
      totals.conversions += world.conversions
    } catch (error) {
      throw new Error(`seed ${seed} (SIMULATION_SEED=${seed} plays it again): ${(error as Error).message}`, {
        cause: error,
      })
    }
  }
  // The worlds did something: groups came to rest, and changed their protocol with members in them.
  expect(totals.rebalances).toBeGreaterThan(onlySeed === undefined ? seedCount : -1)
  expect(totals.conversions).toBeGreaterThan(onlySeed === undefined ? seedCount / 2 : -1)
})

async function play(seed: number): Promise<ConsumerWorld> {
  const world = new ConsumerWorld(seed)
  for (let turn = 0; turn < 60; turn++) {
    await world.turn()
    if (world.random.chance(0.2)) await world.fault()
  }
  await world.calmDown()
  await world.stop()
  return world
}
