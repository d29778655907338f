import { expect, test } from 'vitest'
import { encodeBatch, loadCodecs } from '../../src/wire/index.ts'
import { Child } from '../interop/support/child.ts'
import { distUrl } from './support.ts'

async function output(source: string): Promise<string[]> {
  const child = new Child({ command: process.execPath, args: ['--input-type=module', '--eval', source] })
  expect(await child.ended(), child.tail()).toBe(0)
  return child.stdout
}

test('a process that looks up a time in records in zstd loads zstd for it', async () => {
  await loadCodecs()
  const records = [1_000, 2_000, 3_000].map((timestamp) => ({ timestamp, key: null, value: Buffer.from('v') }))
  const batch = encodeBatch({ records, compression: 'zstd' })
  const lines = await output(`
    import { createMemoryLogStore } from ${JSON.stringify(distUrl('log/index.js'))}
    import { silentLogger, systemClock } from ${JSON.stringify(distUrl('platform/index.js'))}
    import { BrokerConfig } from ${JSON.stringify(distUrl('broker/configs/index.js'))}
    const store = createMemoryLogStore({ clock: systemClock, logger: silentLogger })
    const identity = { topicId: 'AAAAAAAAAAAAAAAAAAAABQ', topic: 't', partition: 0 }
    const log = store.open(identity, new BrokerConfig({ static: new Map() }).topicConfig(new Map()))
    await store.append([{ log, batches: Buffer.from('${batch.toString('hex')}', 'hex') }], 'durable')
    console.log(String((await log.offsetForTimestamp(2000n, 0))?.offset))`)
  expect(lines).toEqual(['1'])
})

test('a start loads no codec and no log writer', async () => {
  const lines = await output(`
    import { createRequire } from 'node:module'
    import { startBroker } from ${JSON.stringify(distUrl('broker/index.js'))}
    import { createLogger } from ${JSON.stringify(distUrl('cli/cli-logger.js'))}
    const { logger } = createLogger('info', 'pretty')
    logger.debug({}, 'not shown')
    const broker = await startBroker({ listeners: [{ host: '127.0.0.1', port: 0 }], logger })
    await broker.close()
    const loaded = Object.keys(createRequire(import.meta.url).cache)
    for (const name of ['snappy', 'lz4-napi', 'zstd-wasm', 'pino']) console.log(name, loaded.some((file) => file.includes('/' + name)))`)
  expect(lines).toEqual(['snappy false', 'lz4-napi false', 'zstd-wasm false', 'pino false'])
})
