import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import * as wire from '../../src/wire/index.ts'
import { fetchBody, produceBody } from '../broker/data-plane/support/requests.ts'
import { type Broker, startBroker, waitUntil } from '../interop/support/index.ts'
import { RawClient } from '../support/raw-client.ts'

const ends: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

const MB = 1024 * 1024
const canMount = process.platform === 'linux' && process.getuid?.() === 0 && mounts()

function run(command: string, ...args: readonly string[]): boolean {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0
}

function mounts(): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'kohort-mount-'))
  const isMounted = run('mount', '-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder) && run('umount', folder)
  rmSync(folder, { recursive: true, force: true })
  return isMounted
}

/** A folder in memory that holds so much. */
function tmpfs(megabytes: number): string {
  const folder = mkdtempSync(join(tmpdir(), 'kohort-tmpfs-'))
  if (!run('mount', '-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', folder)) throw new Error('tmpfs does not mount')
  ends.push(() => {
    run('umount', '-l', folder)
    rmSync(folder, { recursive: true, force: true })
  })
  return folder
}

async function start(dataDir: string): Promise<Broker> {
  const broker = await startBroker({
    target: 'kohort',
    dataDir,
    args: ['--topic', 'numbers:1', '--log-format', 'json'],
  })
  ends.push(() => broker.stop())
  return broker
}

/** One record with its number; the error's name. Undefined when the broker has gone. */
async function produce(client: RawClient, number: number, bytes = 100_000): Promise<wire.ErrorName | undefined> {
  const value = Buffer.alloc(bytes, String(number).padStart(10, '0'))
  const records = wire.encodeBatch({ records: [{ timestamp: Date.now(), key: null, value }] })
  const body = produceBody({ topic: 'numbers', partition: 0, records, version: 9 })
  try {
    const { responses } = await client.call(wire.produceRequest, wire.produceResponse, 9, body)
    return wire.errorName(responses[0]!.partitionResponses[0]!.errorCode)
  } catch {
    return undefined
  }
}

/** The numbers of all records, in their order. */
async function readAll(client: RawClient): Promise<number[]> {
  const numbers: number[] = []
  for (let offset = 0n; ; ) {
    const fetch = fetchBody([{ topic: 'numbers', offset, maxBytes: MB }])
    const { responses } = await client.call(wire.fetchRequest, wire.fetchResponse, 12, fetch)
    const { errorCode, records } = responses[0]!.partitions[0]!
    expect(wire.errorName(errorCode)).toBe('NONE')
    if (records === null || records.length === 0) return numbers
    for (const { position } of wire.iterateBatches(records)) {
      for (const record of wire.decodeRecords(records, position)) {
        numbers.push(Number(record.value!.toString('latin1', 0, 10)))
        offset = record.offset + 1n
      }
    }
  }
}

function lines(broker: Broker, text: string): number {
  return broker.logs.filter((line) => line.includes(text)).length
}

describe.skipIf(!canMount)('a disk of its own', () => {
  test('that is full refuses writes and loses nothing; reads go on, and writes do when there is space', async () => {
    const folder = tmpfs(128)
    const [filler, reserve] = [join(folder, 'filler'), join(folder, 'reserve')]
    writeFileSync(filler, Buffer.alloc(30 * MB))
    writeFileSync(reserve, Buffer.alloc(20 * MB))
    const dataDir = join(folder, 'data')
    mkdirSync(dataDir)
    const broker = await start(dataDir)
    const client = await RawClient.connect({ port: broker.port })
    ends.push(() => client.close())
    const acknowledged: number[] = []
    let number = 0
    const produceUntil = async (isDone: (error: wire.ErrorName) => boolean, bytes?: number): Promise<void> => {
      await waitUntil('the answer', async () => {
        const error = (await produce(client, number, bytes)) ?? 'NETWORK_EXCEPTION'
        if (error === 'NONE') acknowledged.push(number)
        else expect(error).toBe('KAFKA_STORAGE_ERROR')
        number++
        return isDone(error)
      })
    }
    for (let round = 0; round < 2; round++) {
      for (let refused = 0; refused < 20; ) {
        await produceUntil((error) => {
          if (error === 'KAFKA_STORAGE_ERROR') refused++
          return true
        })
      }
      expect(await readAll(client)).toEqual(acknowledged)
      if (round === 0) {
        rmSync(filler)
        await waitUntil('the word that there is space', async () => {
          // Small ones, or the space would be used up before it is spoken of.
          await produceUntil((error) => error === 'NONE', 100)
          return lines(broker, 'the disk has space again') === 1
        })
        expect(await readAll(client)).toEqual(acknowledged)
      }
    }
    expect(lines(broker, 'the disk is full: writes are refused')).toBe(2)
    await broker.kill9()
    // Recovery writes what only the write-ahead log has.
    rmSync(reserve)
    await broker.restart()
    const again = await RawClient.connect({ port: broker.port })
    expect(await readAll(again)).toEqual(acknowledged)
    again.close()
    console.info(`${acknowledged.length} of ${number} records were acknowledged on 128 MB, and are there`)
  })

  test('that fails to flush ends the broker with a sentence, and the next start has all that was acknowledged', async () => {
    // A file system whose blocks are promised but not there: writing succeeds, flushing fails with EIO.
    const folder = tmpfs(64)
    const image = join(folder, 'image')
    const mounted = mkdtempSync(join(tmpdir(), 'kohort-image-'))
    ends.push(() => {
      run('umount', '-l', mounted)
      rmSync(mounted, { recursive: true, force: true })
    })
    run('truncate', '-s', '300M', image)
    if (!run('mkfs.ext4', '-q', '-E', 'lazy_itable_init=1', image) || !run('mount', '-o', 'loop', image, mounted)) {
      console.warn('no loop devices here: skipped')
      return
    }
    const broker = await start(join(mounted, 'data'))
    const client = await RawClient.connect({ port: broker.port })
    ends.push(() => client.close())
    const acknowledged: number[] = []
    let last: wire.ErrorName = 'NONE'
    for (let number = 0; last === 'NONE'; number++) {
      last = (await produce(client, number)) ?? 'NETWORK_EXCEPTION'
      if (last === 'NONE') acknowledged.push(number)
    }
    expect(['KAFKA_STORAGE_ERROR', 'NETWORK_EXCEPTION']).toContain(last)
    await waitUntil('the end of the broker', () => broker.exitCode !== undefined)
    expect(broker.exitCode).toBe(7)
    expect(broker.logs.filter((line) => line.startsWith('kohort: ')).join()).toMatch(
      /^kohort: The disk of the data folder has failed \(E[A-Z]+: .*\); the next start recovers what was acknowledged\.$/,
    )
    // The disk that the blocks come from is larger now, and the machine is started anew.
    run('umount', mounted)
    run('mount', '-o', 'remount,size=400m', folder)
    expect(run('mount', '-o', 'loop', image, mounted)).toBe(true)
    await broker.restart()
    const again = await RawClient.connect({ port: broker.port })
    const found = await readAll(again)
    again.close()
    expect(found.slice(0, acknowledged.length)).toEqual(acknowledged)
    console.info(`${acknowledged.length} records were acknowledged before the disk failed, and were there after`)
  })
})
