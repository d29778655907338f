import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import * as wire from '../../src/wire/index.ts'
import { Child } from '../interop/support/child.ts'
import { projectRoot, run } from '../interop/support/toolchain.ts'
import { waitUntil } from '../interop/support/wait.ts'
import { RawClient } from '../support/raw-client.ts'

let project: string

/** A project of somebody else's, with kohort as npm would publish it. */
beforeAll(async () => {
  project = mkdtempSync(join(tmpdir(), 'kohort-package-'))
  await run('npm', ['pack', '--ignore-scripts', '--pack-destination', project], { cwd: projectRoot })
  const [tarball] = readdirSync(project).filter((name) => name.endsWith('.tgz'))
  writeFileSync(join(project, 'package.json'), '{ "name": "somebody", "private": true }')
  const quiet = ['--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error']
  await run('npm', ['install', ...quiet, `./${tarball}`], { cwd: project })
}, 120_000)
afterAll(() => rmSync(project, { recursive: true, force: true }))

async function node(file: string, source: string): Promise<string[]> {
  writeFileSync(join(project, file), source)
  const child = new Child({ command: process.execPath, args: [file], cwd: project })
  expect(await child.ended(), child.tail()).toBe(0)
  return child.stdout
}

describe('the package, installed in an empty project', () => {
  test('has no build step, no sources and no tests in it', () => {
    const files = readdirSync(join(project, 'node_modules/kohort'), { recursive: true }) as string[]
    const unexpected = /^(src|test|scripts|bench)\b|\.map$|^dist\/(?!bin\b|lib\b).*\.js$/
    expect(files.filter((file) => unexpected.test(file))).toEqual([])
    expect(files).toEqual(expect.arrayContaining(['bin/kohort.js', 'dist/bin/main.js', 'LICENSE', 'README.md']))
  })

  test('`npx kohort` runs it', async () => {
    const { version } = JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8')) as { version: string }
    const child = new Child({ command: 'npx', args: ['--no-install', 'kohort', '--version'], cwd: project })
    expect(await child.ended(), child.tail()).toBe(0)
    expect(child.stdout).toEqual([version])
  })

  test.each(['kafka-consumer-groups', 'kafka-topics'])('`npx %s` is the tool of Kafka 4.2', async (tool) => {
    const child = new Child({ command: 'npx', args: ['--no-install', tool, '--version'], cwd: project })
    expect(await child.ended(), child.tail()).toBe(0)
    expect(child.stdout).toEqual(['4.2.0'])
  })

  test('its program is a broker', async () => {
    const command = join(project, 'node_modules/.bin/kohort')
    const child = new Child({ command, args: ['--listen', '127.0.0.1:0', '--topic', 'orders:6'], cwd: project })
    await waitUntil('the ready line', () => child.stdout.length > 0 || child.hasEnded, { details: () => child.tail() })
    const port = Number(/127\.0\.0\.1:(\d+)/.exec(child.stdout[0] ?? '')?.[1])
    const client = await RawClient.connect({ port })
    const { topics } = await client.call(wire.metadataRequest, wire.metadataResponse, 12, { topics: null })
    expect(topics.map(({ name, partitions }) => [name, partitions.length])).toEqual([['orders', 6]])
    client.close()
    child.signal('SIGTERM')
    expect(await child.ended(), child.tail()).toBe(0)
    expect(readdirSync(join(project, 'kohort-data'))).toContain('meta.properties')
  })

  const use = `
    const broker = await startTestBroker({ topics: [{ name: 'orders', partitions: 2 }] })
    console.log(broker.bootstrapServers.split(':')[0], broker.broker.metadata.image.topicsByName.size)
    await broker.close()
    console.log(typeof startBroker, apiByKey.get(3).name, crc(Buffer.from('123456789')).toString(16))`

  test('is there for import', async () => {
    const lines = await node(
      'import.mjs',
      `import { startTestBroker } from 'kohort/testing'
       import { startBroker } from 'kohort/broker'
       import { apiByKey, crc32c as crc } from 'kohort/wire'
       ${use}`,
    )
    expect(lines).toEqual(['127.0.0.1 1', 'function Metadata e3069283'])
  })

  test('is there for require', async () => {
    const lines = await node(
      'require.cjs',
      `const { startTestBroker } = require('kohort/testing')
       const { startBroker } = require('kohort/broker')
       const { apiByKey, crc32c: crc } = require('kohort/wire')
       async function main() {${use}}
       main()`,
    )
    expect(lines).toEqual(['127.0.0.1 1', 'function Metadata e3069283'])
  })

  const client = `
    const { KafkaError } = module
    const kafka = new Kafka({ bootstrapServers: process.env.SERVERS ?? 'localhost:1', clientId: 'built' })
    try {
      new Kafka({ brokers: ['localhost:9092'] })
    } catch (error) {
      console.log(error instanceof KafkaError, error.code, error.message)
    }
    await kafka.close()`

  test('is a client for import, and for require', async () => {
    const line = 'true INVALID_CONFIG new Kafka() has no brokers; what there is instead: bootstrapServers'
    const imported = `import * as module from 'kohort'\nconst { Kafka } = module\n${client}`
    expect(await node('client.mjs', imported)).toEqual([line])
    const required = `const module_ = require('kohort')\nconst { Kafka } = module_\nasync function main() {${client.replace('= module', '= module_')}}\nmain()`
    expect(await node('client.cjs', required)).toEqual([line])
  })

  test('is a client that loads neither broker nor tools', () => {
    const lib = join(project, 'node_modules/kohort/dist/lib')
    const loaded = new Set<string>()
    const external = new Set<string>()
    const follow = (file: string): void => {
      if (loaded.has(file)) return
      loaded.add(file)
      const text = readFileSync(join(lib, file), 'utf8')
      for (const [, from] of text.matchAll(
        /^(?:import|export)[^'"\n]*from\s*['"]([^'"]+)['"]|^import\s*['"]([^'"]+)['"]/gm,
      )) {
        if (from?.startsWith('./') === true) follow(from.slice(2))
        else if (from?.startsWith('node:') === false) external.add(from)
      }
    }
    follow('client.js')
    const text = [...loaded].map((file) => readFileSync(join(lib, file), 'utf8')).join('\n')
    const alone = readFileSync(join(project, 'node_modules/kohort/dist/bin/client.js'), 'utf8')
    for (const word of ['class DiskLog', 'class ClassicGroup ', 'class KohortBroker', 'class RequestServer']) {
      expect([text.includes(word), alone.includes(word)], word).toEqual([false, false])
    }
    expect([...external].filter((name) => /^(commander|hono|pino|prom-client|@hono)/.test(name))).toEqual([])
  })

  test.each([
    ['nodenext', ['--module', 'nodenext']],
    ['bundlers', ['--module', 'esnext', '--moduleResolution', 'bundler']],
    // The default of CommonJS projects for ten years: it looks at no `exports`.
    [
      'CommonJS',
      ['--module', 'commonjs', '--moduleResolution', 'node10', '--ignoreDeprecations', '6.0', '--esModuleInterop'],
    ],
  ])('has types for %s', async (_, resolution) => {
    writeFileSync(
      join(project, 'typed.ts'),
      `import { startTestBroker } from 'kohort/testing'
       import { BrokerStartError, type BrokerOptions, type RunningBroker } from 'kohort/broker'
       import { ErrorCode } from 'kohort/wire'
       import { json, Kafka, type RecordMetadata } from 'kohort'
       const kafka = new Kafka({ bootstrapServers: 'localhost:9092' })
       const producer = kafka.producer({ value: json<{ id: number }>() })
       const sent: Promise<RecordMetadata> = producer.send({ topic: 'orders', value: { id: 1 } })
       // @ts-expect-error the value has no such id
       producer.send({ topic: 'orders', value: { id: '1' } })
       const consumer = kafka.consumer({ groupId: 'g', value: json<{ id: number }>() })
       consumer.run({ handler: ({ value }) => void (value?.id satisfies number | undefined) })
       // @ts-expect-error there is no such protocol
       kafka.consumer({ groupId: 'g', groupProtocol: 'modern' })
       // @ts-expect-error there is no such listener
       consumer.subscribe('orders', { onPartitionRevoked: () => {} })
       // @ts-expect-error offsets are bigint
       consumer.seek({ topic: 'orders', partition: 0, offset: 5 })
       // @ts-expect-error kafkajs calls it so
       new Kafka({ brokers: [] })
       const options: BrokerOptions = { listeners: [{ host: '127.0.0.1', port: 0 }], flush: 'none' }
       const started: Promise<RunningBroker> = startTestBroker(options)
       started.then((broker): string => broker.bootstrapServers, (error) => error instanceof BrokerStartError)
       const none: 0 = ErrorCode.NONE
       // @ts-expect-error there is no such way to flush
       startTestBroker({ flush: 'sometimes' })
       export { none, sent }`,
    )
    await compiles('typed.ts', resolution)
  })

  // Where TypeScript lets CommonJS have only declarations of CommonJS.
  test('has types for CommonJS as Node 16 has it', async () => {
    writeFileSync(
      join(project, 'required.ts'),
      `import { json, Kafka, KafkaError } from 'kohort'
       const consumer = new Kafka({ bootstrapServers: 'localhost:9092' }).consumer({ groupId: 'g', value: json<{ id: number }>() })
       consumer.run({ handler: ({ value }) => void (value?.id satisfies number | undefined) })
       consumer.close().catch((error) => error instanceof KafkaError && error.code)`,
    )
    await compiles('required.ts', ['--module', 'node16'])
  })
})

/** As a strict project with these ways to find modules. */
async function compiles(file: string, resolution: readonly string[]): Promise<void> {
  const types_ = join(project, 'node_modules/@types')
  if (!existsSync(types_)) symlinkSync(join(projectRoot, 'node_modules/@types'), types_)
  const options = ['--noEmit', '--strict', '--exactOptionalPropertyTypes', ...resolution, '--target', 'es2022']
  const types = ['--types', 'node', '--lib', 'es2023,esnext.disposable']
  const tsc = join(projectRoot, 'node_modules/typescript/bin/tsc')
  const child = new Child({ command: process.execPath, args: [tsc, ...options, ...types, file], cwd: project })
  expect(await child.ended(), child.tail()).toBe(0)
}
