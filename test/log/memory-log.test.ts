import { createMemoryLogStore } from '../../src/log/index.ts'
import { silentLogger } from '../../src/platform/index.ts'
import { VirtualClock } from '../../src/testing/index.ts'
import { describeLogContract } from './contract.ts'

describeLogContract('MemoryLog', async () => {
  const clock = new VirtualClock()
  let held: Promise<void> | undefined
  let failing = false
  const store = createMemoryLogStore({
    clock,
    logger: silentLogger,
    flush: async () => {
      await held
      if (!failing) return
      failing = false
      throw new Error('no space left')
    },
  })
  return {
    store,
    clock,
    settle: async () => {
      for (let i = 0; i < 10; i++) await new Promise((resolve) => setImmediate(resolve))
    },
    holdFlushes: () => {
      let release = (): void => {}
      held = new Promise((resolve) => {
        release = resolve
      })
      return release
    },
    failNextWrite: () => {
      failing = true
    },
  }
})
