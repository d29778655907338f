import assert from 'node:assert/strict'
import {
  type DiskLogLimits,
  type DiskLogStore,
  type LogConfig,
  type LogIdentity,
  type LogOpenError,
  openDiskLogStore,
} from '../../../src/log/index.ts'
import type { Logger } from '../../../src/platform/index.ts'
import { VirtualClock } from '../../../src/testing/index.ts'
import { allRecords, batchOf, defaultConfig } from './batches.ts'
import { Random } from './random.ts'
import { SimulatedDisk } from './simulated-disk.ts'

export const WAL = '/data/wal/00000000.wal'

/** A data folder on a simulated disk that outlives its processes. */
export class Folder {
  disk: SimulatedDisk
  readonly clock = new VirtualClock()
  readonly lines: string[] = []
  readonly fatal: string[] = []

  constructor(seed = 1) {
    this.disk = new SimulatedDisk({ random: new Random(seed) })
  }

  open(options: { recover?: 'truncate'; limits?: Partial<DiskLogLimits> } = {}): Promise<DiskLogStore> {
    const log = (_: object, message: string): void => {
      this.lines.push(message)
    }
    const logger: Logger = { debug: log, info: log, warn: log, error: log }
    return openDiskLogStore({
      directory: '/data',
      disk: this.disk,
      clock: this.clock,
      logger,
      flush: 'fsync',
      onFatal: (error) => this.fatal.push(error.message),
      ...(options.recover === undefined ? {} : { recover: options.recover }),
      limits: { walSegmentBytes: 16_384, ...options.limits },
    })
  }

  /** kill -9. */
  kill(): void {
    this.disk = this.disk.processDeath({ random: new Random(2) })
  }

  /** One of many: what was not flushed may be there, or not. */
  powerCut(): void {
    this.disk = this.disk.powerCut({ random: new Random(2) })
  }

  async append(store: DiskLogStore, topic: string, value: string, config: LogConfig = defaultConfig): Promise<string> {
    const log = store.open(topicOf(topic), config)
    return (await store.append([{ log, batches: batchOf([value]) }], 'durable')).errorCode
  }

  /** Resolves when nothing calls the disk any more. */
  async settled(): Promise<void> {
    let calls = -1
    while (calls !== this.disk.calls) {
      calls = this.disk.calls
      for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve))
    }
  }

  async records(store: DiskLogStore, topic: string): Promise<string[]> {
    return allRecords(store.open(topicOf(topic), defaultConfig))
  }

  async refusal(): Promise<{ code: string; message: string }> {
    const { code, message } = await this.open().then(
      () => assert.fail('it opened'),
      (error: LogOpenError) => error,
    )
    return { code, message }
  }
}

export function topicOf(name: string): LogIdentity {
  return { topicId: Buffer.from(name.padEnd(16)).toString('base64url'), topic: name, partition: 0 }
}

/** Where the frames of the first WAL file begin. */
export function frames(folder: Folder): number[] {
  const positions: number[] = []
  folder.disk.tamper(WAL, (bytes) => {
    for (let at = bytes.indexOf('kWAL'); at >= 0; at = bytes.indexOf('kWAL', at + 1)) positions.push(at)
    return bytes
  })
  return positions
}

export function lastFrame(folder: Folder): number {
  return frames(folder).at(-1)!
}
