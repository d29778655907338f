import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startBroker, type TestBroker } from '../../src/testing/index.ts'
import { Child } from '../interop/support/child.ts'
import { projectRoot } from '../interop/support/toolchain.ts'
import { waitUntil } from '../interop/support/wait.ts'
import { distUrl } from './support.ts'

// The programs that stand in README.md and docs/: as printed, against the types of the package, and those that are whole against a broker.

interface Block {
  /** 'docs/guide/consumer-groups.md 2': the second one of the page. */
  readonly name: string
  readonly language: string
  readonly source: string
}

function blocksOf(page: string): Block[] {
  const text = readFileSync(join(projectRoot, page), 'utf8')
  const found = [...text.matchAll(/^```(ts|js)\n(.*?)^```/gms)]
  return found.map(([, language = '', source = ''], i) => ({ name: `${page} ${i + 1}`, language, source }))
}

function markdown(folder: string): string[] {
  const names = readdirSync(join(projectRoot, folder)).filter((name) => name.endsWith('.md'))
  return names.sort().map((name) => `${folder}/${name}`)
}

const blocks = ['README.md', ...markdown('docs'), ...markdown('docs/guide')].flatMap(blocksOf)
const fileOf = ({ name }: Pick<Block, 'name'>): string => name.replace(/[^\w]+/g, '-')

let folder: string
let broker: TestBroker
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kohort-guide-'))
  mkdirSync(join(folder, 'node_modules'))
  symlinkSync(projectRoot, join(folder, 'node_modules/kohort'))
  for (const name of ['@types', '@opentelemetry', 'undici-types']) {
    symlinkSync(join(projectRoot, 'node_modules', name), join(folder, 'node_modules', name))
  }
  cpSync(join(import.meta.dirname, 'guide'), folder, { recursive: true })
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  writeFileSync(join(folder, 'telemetry.d.ts'), telemetry)
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(tsconfig))
  for (const block of blocks)
    writeFileSync(join(folder, `${fileOf(block)}.${block.language}`), `${block.source}export {}\n`)
  broker = await startBroker({ topics: { orders: 1, payments: 1 } })
})
afterAll(async () => {
  await broker?.close()
  rmSync(folder, { recursive: true, force: true })
})

/** examples/typescript/opentelemetry has it, and a test of its own. */
const telemetry = `import type { Context } from '@opentelemetry/api'
export function contextOf(record: object): Context
`
const tsconfig = {
  compilerOptions: {
    target: 'es2022',
    lib: ['es2023', 'esnext.disposable'],
    module: 'nodenext',
    types: ['node'],
    strict: true,
    exactOptionalPropertyTypes: true,
    skipLibCheck: false,
    allowJs: true,
    checkJs: true,
    outDir: 'out',
    noEmitOnError: false,
  },
  include: ['*.ts', '*.js'],
}

/** What the reader's program has besides, and what the printed one does then: how it is run. */
const programs: Readonly<Record<string, { readonly before?: string; readonly after?: string; readonly says: string }>> =
  {
    'docs/guide/consumer-groups.md 1': {
      before: `
      const seen = []
      globalThis.Order = { '~standard': { version: 1, vendor: 'test', validate: (value) => ({ value }) } }
      globalThis.signal = new AbortController().signal
      globalThis.handle = async ({ id }) => {
        seen.push(id)
        if (seen.length < 3) return
        console.log(seen.join())
        process.exit(0)
      }`,
      says: '1,2,3',
    },
    'docs/guide/consumer-groups.md 2': {
      before: `
      globalThis.kafka = new Kafka({ bootstrapServers })
      globalThis.handle = async ({ offset }) => {
        const orders = { topic: 'orders', partition: 0 }
        const other = kafka.consumer({ groupId: 'g' })
        const committed = await other.committed([orders])
        console.log([...committed.values()][0].offset > offset)
        process.exit(0)
      }`,
      says: 'true',
    },
    'docs/guide/consumer-groups.md 3': {
      before: `
      const booked = []
      const kafka = new Kafka({ bootstrapServers })
      globalThis.consumer = kafka.consumer({ groupId: 'ledger', value: json() })
      globalThis.storedOffset = async () => 1n
      let next = 1n
      const query = async (sql, [first, ...values]) => {
        if (sql.startsWith('update offsets')) {
          if (next > values[2]) return { affectedRows: 0 }
          next = first
          return { affectedRows: 1 }
        }
        booked.push(first + ' to ' + values[0])
        if (booked.length < 2) return {}
        console.log(booked.join())
        process.exit(0)
      }
      globalThis.db = { transaction: (fn) => fn({ query }) }`,
      says: '2 to b,3 to c',
    },
    'docs/guide/consumer-groups.md 4': {
      before: `
      const kafka = new Kafka({ bootstrapServers })
      globalThis.consumer = kafka.consumer({ groupId: 'listens', autoOffsetReset: 'earliest' })
      globalThis.flush = async (partitions) => console.log('flush', partitions.length)`,
      after: `
      await consumer.poll({ timeoutMs: 60_000 })
      await consumer.close()
      await kafka_.close()
      process.exit(0)`,
      says: 'flush 1',
    },
    'docs/guide/observability.md 1': {
      before: `
      const apis = new Set()
      globalThis.histogram = { record: (seconds, { api }) => void (seconds >= 0 && apis.add(api)) }
      globalThis.apis = apis`,
      after: `
      const consumer = kafka_.consumer({ groupId: 'watched' })
      consumer.subscribe('orders')
      await consumer.poll({ timeoutMs: 2_000 })
      await kafka_.close()
      console.log(apis.has('JoinGroup'))`,
      says: expect.stringMatching(/^assigned \[.*\] assigned by the group.*\ntrue$/s) as unknown as string,
    },
    'docs/guide/pains.md 1': {
      before: `
      const kafka = new Kafka({ bootstrapServers })
      globalThis.consumer = kafka.consumer({ groupId: 'asked' })
      console.error = (what) => console.log(typeof what === 'string' ? what : Object.keys(what).includes('assignment') || typeof what)`,
      after: `
      process.kill(process.pid, 'SIGUSR2')
      setTimeout(() => process.exit(0), 1_000)`,
      says: expect.stringMatching(/^Nothing is subscribed/) as unknown as string,
    },
  }

const common = (): string => `
  import { json, Kafka } from 'kohort'
  const bootstrapServers = '${broker.bootstrapServers}'
  globalThis.kafka_ = new Kafka({ bootstrapServers })
`

/** As it was compiled, with the broker of this test in place of the one of the page. */
function program(name: string): string {
  const file = fileOf({ name })
  const compiled = readFileSync(join(folder, 'out', `${file}.js`), 'utf8')
  const { before = '', after = '' } = programs[name] ?? {}
  writeFileSync(join(folder, 'out', `${file}-before.js`), `${common()}${before}`)
  const source = compiled.replaceAll(/(localhost|127\.0\.0\.1):9092/g, broker.bootstrapServers)
  writeFileSync(join(folder, 'out', `${file}-whole.js`), `import './${file}-before.js'\n${source}\n${after}`)
  return join(folder, 'out', `${file}-whole.js`)
}

describe('the programs of the guides', () => {
  test('are what the types of the package allow, every one of them', async () => {
    const tsc = join(projectRoot, 'node_modules/typescript/bin/tsc')
    const child = new Child({ command: process.execPath, args: [tsc, '-p', folder], cwd: folder })
    expect([await child.ended(), child.stdout.join('\n')]).toEqual([0, ''])
    expect(blocks.length).toBeGreaterThan(14)
  })

  test('README.md: shares partitions, until Ctrl-C', async () => {
    await produce('orders', ['one'])
    const child = new Child({ command: process.execPath, args: [program('README.md 1')], cwd: folder })
    await waitUntil('a record', () => child.stdout.length > 0 || child.hasEnded, { details: () => child.tail() })
    expect(child.stdout[0]).toBe('0 one')
    child.signal('SIGINT')
    expect(await child.ended(), child.tail()).toBe(0)
  })

  for (const name of Object.keys(programs)) {
    test(`${name} runs`, async () => {
      await records(name)
      const child = new Child({ command: process.execPath, args: [program(name)], cwd: folder })
      const more = setInterval(() => void produce('orders', ['{"id":9}']), 100)
      const status = await child.ended()
      clearInterval(more)
      expect(status, child.tail()).toBe(0)
      expect(child.stdout.join('\n')).toEqual(programs[name]!.says)
    })
  }

  test('docs/guide/testing-your-app.md: the pieces are one test', async () => {
    const page = 'docs/guide/testing-your-app.md'
    const all = blocksOf(page).map(({ source }) => source)
    const file = join(folder, 'out/app.mjs')
    writeFileSync(
      file,
      `import { Kafka } from ${JSON.stringify(distUrl('lib/client.js'))}
      const closes = []
      function startMyApp({ brokers, groupId }) {
        const kafka = new Kafka({ bootstrapServers: brokers, clientId: 'billing' })
        const consumer = kafka.consumer({ groupId, groupInstanceId: 'worker-1', autoOffsetReset: 'earliest', autoCommitIntervalMs: 100 })
        consumer.subscribe('orders')
        consumer.run({ handler: () => {} }).catch((error) => console.log(error.code))
        closes.push(() => kafka.close())
        return consumer
      }
      ${all.join('\nawait broker.group("billing").untilStable()\n').replace('await using broker', 'const broker')}
      console.log('fenced')
      for (const close of closes) await close()
      await broker.close()
      process.exit(0)`,
    )
    const child = new Child({ command: process.execPath, args: [file], cwd: folder })
    expect(await child.ended(), child.tail()).toBe(0)
    expect(child.stdout).toContain('fenced')
  })
})

async function produce(topic: string, values: readonly string[]): Promise<void> {
  await broker.produce(
    topic,
    values.map((value) => ({ partition: 0, value })),
  )
}

/** What the page's program reads; its topics are emptied before. */
async function records(name: string): Promise<void> {
  const { Kafka } = (await import(distUrl('lib/client.js'))) as typeof import('../../src/client/index.ts')
  const kafka = new Kafka({ bootstrapServers: broker.bootstrapServers })
  const admin = kafka.admin()
  await admin.deleteTopics(['orders', 'payments'])
  await admin.createTopics([
    { name: 'orders', partitions: 1 },
    { name: 'payments', partitions: 1 },
  ])
  await kafka.close()
  await produce('orders', ['{"id":1}', '{"id":2}', '{"id":3}'])
  if (!name.endsWith('consumer-groups.md 3')) return
  const payment = (account: string, cents: number): string => JSON.stringify({ account, cents })
  await produce('payments', [payment('a', 1), payment('b', 2), payment('c', 3)])
}
