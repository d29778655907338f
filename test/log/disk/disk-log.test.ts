import { openDiskLogStore } from '../../../src/log/index.ts'
import { silentLogger } from '../../../src/platform/index.ts'
import { VirtualClock } from '../../../src/testing/index.ts'
import { describeLogContract } from '../contract.ts'
import { Random } from '../support/random.ts'
import { SimulatedDisk } from '../support/simulated-disk.ts'

const sizes = {
  'with room in memory': {},
  'with next to none, so that reads are cold': {
    walSegmentBytes: 8192,
    walCheckpointBytes: 16_384,
    tailBytes: 0,
    writeBehindBytes: 0,
  },
}

for (const [name, limits] of Object.entries(sizes)) {
  describeLogContract(`DiskLog ${name}`, async () => {
    const clock = new VirtualClock()
    const disk = new SimulatedDisk({ random: new Random(1) })
    const store = await openDiskLogStore({
      directory: '/data',
      disk,
      clock,
      logger: silentLogger,
      flush: 'fsync',
      onFatal: (error) => {
        throw error
      },
      // Flushes that are held need a thread to wait in.
      limits: { walSegmentBytes: 64 * 1024, walWriteNowBytes: 0, ...limits },
    })
    return {
      store,
      clock,
      settle: async () => {
        let calls = -1
        while (calls !== disk.calls) {
          calls = disk.calls
          for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve))
        }
      },
      holdFlushes: () => {
        let release = (): void => {}
        disk.held = new Promise((resolve) => {
          release = resolve
        })
        return release
      },
      failNextWrite: () => {
        disk.failNextWalWrite = true
      },
    }
  })
}
