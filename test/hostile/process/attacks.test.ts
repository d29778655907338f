import { afterEach, describe, expect, test } from 'vitest'
import { random } from '../support.ts'
import { Arena } from './arena.ts'
import { plans } from './attacks.ts'
import { canMeasure } from './memory.ts'

const seed = Number(process.env.KOHORT_SEED ?? Math.floor(Math.random() * 2 ** 31))
const scale = Number(process.env.SOAK_SCALE ?? 1)
/** Of `docs/limits.md`: what a broker of the default limits may have resident, whatever its peers do. */
const RESIDENT_MB_MAX = 1200

describe(`a broker under attack serves its neighbour within its memory, seed ${seed}`, () => {
  let arena: Arena | undefined
  afterEach(async () => {
    await arena?.close()
    arena = undefined
  })

  for (const { name, set, topics = [], prepare, attacks, until } of plans) {
    test(name, async () => {
      arena = await Arena.open(
        set,
        topics.flatMap((topic) => ['--topic', topic]),
      )
      await prepare?.(arena.broker.port)
      const { residentMb } = await arena.besiege(name, {
        attacks: attacks(scale, random(seed)),
        ...(until === undefined ? {} : { until }),
      })
      if (canMeasure) expect(residentMb.peak).toBeLessThan(RESIDENT_MB_MAX)
      expect(arena.mistakes()).toEqual([])
    })
  }
})
