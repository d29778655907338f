import assert from 'node:assert/strict'
import { expect, test } from 'vitest'
import { seedCountOf } from '../../../support/seeds.ts'
import { GroupSimulation, type Protocol } from './group-simulation.ts'

const seedCount = Number(process.env.SIMULATION_SEEDS ?? seedCountOf({ full: 2_000, usual: 30, quick: 10 }))
const onlySeed = process.env.SIMULATION_SEED === undefined ? undefined : Number(process.env.SIMULATION_SEED)
const firstSeed = onlySeed ?? Math.floor(Math.random() * 2 ** 31)

for (const protocol of ['classic', 'consumer', 'mixed'] as const) {
  test(`${protocol}: every group comes to rest with one owner a partition, whatever gets lost (seeds from ${firstSeed})`, {
    timeout: 3_600_000,
  }, async () => {
    let rebalances = 0
    for (let seed = firstSeed; seed < firstSeed + (onlySeed === undefined ? seedCount : 1); seed++) {
      try {
        rebalances += await play(seed, protocol)
      } catch (error) {
        const again = `SIMULATION_SEED=${seed} plays it again`
        throw new Error(`seed ${seed} (${again}): ${(error as Error).message}`, { cause: error })
      }
    }
    if (onlySeed === undefined) expect(rebalances).toBeGreaterThan(seedCount)
  })
}

async function play(seed: number, protocol: Protocol): Promise<number> {
  const world = new GroupSimulation(seed, protocol)
  const { random } = world
  const statics = ['i1', 'i2']
  world.add()
  for (let turn = 0; turn < 40; turn++) {
    await world.advance(random.between(10, 4_000))
    world.members = world.members.filter(({ isGone }) => !isGone)
    const member = world.members.length === 0 ? undefined : random.pick(world.members)
    const isCalm = world.isCalmWorld
    switch (random.between(0, 9)) {
      case 0:
      case 1:
        if (world.members.length < 5) world.add()
        break
      case 2: {
        const free = statics.filter((id) => !world.members.some(({ instanceId }) => instanceId === id))
        if (free.length > 0 && !isCalm) world.add(random.pick(free))
        break
      }
      case 3:
        member?.leave()
        break
      case 4:
        if (!isCalm) member?.kill()
        break
      case 5:
        member?.subscribe([random.pick(['t', 'u']), 'v'])
        break
      case 6:
        world.changeTopics()
        break
      case 7:
        if (!isCalm) member?.hang(random.between(1_000, 40_000))
        break
      case 8:
        member?.enforceRebalance()
        break
      case 9:
        if (!isCalm) world.restart()
        break
    }
  }
  world.isCalm = true
  const boundMs = world.nowMs + 180_000
  while (!world.isSettled()) {
    assert(world.nowMs < boundMs, `not at rest in time:\n${world.describe()}`)
    await world.advance(500)
  }
  // And it stays so.
  await world.advance(30_000)
  assert(world.isSettled(), `not at rest any more:\n${world.describe()}`)
  return world.rebalances
}
