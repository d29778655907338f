import { expect, test } from 'vitest'
import { seedCountOf } from '../support/seeds.ts'
import { World } from './world.ts'

const seedCount = Number(process.env.SIMULATION_SEEDS ?? seedCountOf({ full: 10_000, usual: 500, quick: 150 }))
/** SIMULATION_SEED=n plays that one world again. */
const onlySeed = process.env.SIMULATION_SEED === undefined ? undefined : Number(process.env.SIMULATION_SEED)
const firstSeed = onlySeed ?? Math.floor(Math.random() * 2 ** 31)

test(`groups survive crashes, lost tails, slow clients and clock jumps (seeds from ${firstSeed})`, {
  timeout: 3_600_000,
}, async () => {
  const totals = { faults: 0, answered: 0, rebalances: 0 }
  for (let seed = firstSeed; seed < firstSeed + (onlySeed === undefined ? seedCount : 1); seed++) {
    try {
      const world = await play(seed)
      totals.faults += world.faults
      totals.answered += world.answered
      totals.rebalances += world.events.filter((event) => event.type === 'rebalance-completed').length
    } catch (error) {
      throw new Error(`seed ${seed} (SIMULATION_SEED=${seed} plays it again): ${(error as Error).message}`, {
        cause: error,
      })
    }
  }
  // The worlds did something.
  expect(totals.rebalances).toBeGreaterThan(onlySeed === undefined ? seedCount : -1)
})

async function play(seed: number): Promise<World> {
  const world = new World(seed)
  for (let turn = 0; turn < 120; turn++) {
    await world.turn()
    if (world.random.chance(0.3)) await world.fault()
  }
  await world.calmDown()
  await world.stop()
  return world
}
