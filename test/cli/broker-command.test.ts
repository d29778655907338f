import { readFileSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import * as wire from '../../src/wire/index.ts'
import { waitUntil } from '../interop/support/wait.ts'
import type { RawClient } from '../support/raw-client.ts'
import { kohortWithFiles, run, startReady, stop, whenReady, withFolder } from './support.ts'

async function brokerConfig(client: RawClient, name: string): Promise<string | null> {
  const { results } = await client.call(wire.describeConfigsRequest, wire.describeConfigsResponse, 4, {
    resources: [{ resourceType: 4, resourceName: '1', configurationKeys: [name] }],
  })
  return results[0]!.configs[0]!.value
}

async function metadata(client: RawClient): Promise<wire.MetadataResponse> {
  return client.call(wire.metadataRequest, wire.metadataResponse, 12, { topics: null })
}

describe('kohort broker', () => {
  test('says one line on stdout when it takes connections, and ends with 0 on SIGTERM and SIGINT', () =>
    withFolder(async (folder) => {
      for (const signal of ['SIGTERM', 'SIGINT'] as const) {
        const broker = await startReady(['--listen', '127.0.0.1:0', '--data-dir', folder])
        expect(broker.readyLine).toBe(`kohort ready on 127.0.0.1:${broker.port}, data in ${folder}, flush fsync`)
        const client = await broker.connect()
        expect((await metadata(client)).brokers).toMatchObject([{ nodeId: 1, host: '127.0.0.1', port: broker.port }])
        broker.child.signal(signal)
        expect(await broker.child.ended(5_000)).toBe(0)
        expect(broker.child.stdout).toHaveLength(1)
        client.close()
      }
    }))

  test('takes no more connections than leave files for the log, and goes on writing', () =>
    withFolder(async (folder) => {
      const args = ['--listen', '127.0.0.1:0', '--data-dir', folder, '--log-format', 'json']
      const broker = await whenReady(kohortWithFiles(args, 700))
      const sockets = Array.from({ length: 1_000 }, () => connect({ port: broker.port, host: '127.0.0.1' }))
      for (const socket of sockets) socket.on('error', () => {}).resume()
      // All of them, or those that still wait to be accepted would take the places that are made free here.
      const refused = (): number => sockets.filter((socket) => socket.closed).length
      await waitUntil('the refusals', () => refused() === 1_000 - 188, { details: () => `${refused()} refused` })
      expect(broker.child.stderr.some((line) => line.includes('max.connections is reached'))).toBe(true)
      for (const socket of sockets.filter((socket) => !socket.closed).slice(0, 100)) socket.destroy()
      const topic = { numPartitions: 100, replicationFactor: 1, assignments: [], configs: [] }
      await waitUntil('a connection', async () => {
        const client = await broker.connect()
        try {
          const body = { topics: [{ ...topic, name: `t${Date.now()}` }], timeoutMs: 10_000 }
          const { topics } = await client.call(wire.createTopicsRequest, wire.createTopicsResponse, 4, body)
          return topics[0]?.errorCode === 0
        } catch {
          return false
        } finally {
          client.close()
        }
      })
      for (const socket of sockets) socket.destroy()
      expect(broker.child.stderr.filter((line) => line.includes('it takes at most 188 connections'))).toHaveLength(1)
      await stop(broker)
    }))

  test.each([
    ['SIGTERM', 143],
    ['SIGINT', 130],
  ] as const)('a second %s ends a stop that takes long at once, with %d', (signal, exitCode) =>
    withFolder(async (folder) => {
      const broker = await startReady(['--listen', '127.0.0.1:0', '--data-dir', folder, '--log-format', 'json'])
      const deaf = await broker.connect()
      deaf.socket.pause()
      const resources = [{ resourceType: 4, resourceName: '1', configurationKeys: null }]
      // More than the sockets between us hold, so that the stop waits for us to take it.
      for (let i = 0; i < 500; i++)
        deaf.send(wire.describeConfigsRequest, 4, { resources, includeSynonyms: true, includeDocumentation: true })
      // Answered behind some of those.
      await metadata(await broker.connect())
      broker.child.signal(signal)
      await waitUntil('the stop', () => broker.child.stderr.some((line) => line.includes('"stopping"')))
      broker.child.signal(signal)
      expect(await broker.child.ended()).toBe(exitCode)
      deaf.close()
    }))

  test('`kohort broker` is the same as `kohort`, and takes connections at several addresses', () =>
    withFolder(async (folder) => {
      const broker = await startReady([
        'broker',
        '--listen',
        '127.0.0.1:0',
        '--listen',
        '127.0.0.2:0',
        '--data-dir',
        folder,
      ])
      expect(broker.readyLine).toMatch(/^kohort ready on 127\.0\.0\.1:\d+ and 127\.0\.0\.2:\d+, data in /)
      await stop(broker)
    }))

  test.each([
    ['interval', 'flush interval (a power cut may lose the last 1000 ms of what clients have seen)'],
    ['none', 'flush none (a power cut may lose what clients have seen)'],
  ])('--flush %s says what a power cut may cost', (flush, text) =>
    withFolder(async (folder) => {
      const broker = await startReady(['--listen', '127.0.0.1:0', '--data-dir', folder, '--flush', flush])
      expect(broker.readyLine).toContain(text)
      await stop(broker)
    }))

  test('--topic creates topics where they are missing, and data outlives the process', () =>
    withFolder(async (folder) => {
      const start = (...topics: string[]) =>
        startReady(['--listen', '127.0.0.1:0', '--data-dir', folder, ...topics.flatMap((topic) => ['--topic', topic])])
      const first = await start('orders:6', 'returns:1')
      const before = await metadata(await first.connect())
      expect(before.topics.map(({ name, partitions }) => [name, partitions.length])).toEqual([
        ['orders', 6],
        ['returns', 1],
      ])
      expect(await stop(first)).toBe(0)
      const second = await start('orders:3')
      const after = await metadata(await second.connect())
      expect(after.clusterId).toBe(before.clusterId)
      expect(after.topics.map(({ topicId }) => topicId).sort()).toEqual(
        before.topics.map(({ topicId }) => topicId).sort(),
      )
      expect(second.child.stderr.join('\n')).toContain('topic orders exists with 6 partitions, not 3')
      await stop(second)
    }))

  test('a wildcard address tells each client the address that it reached, and warns of container port mappings', () =>
    withFolder(async (folder) => {
      const broker = await startReady(['--listen', '0.0.0.0:0', '--data-dir', folder])
      for (const host of ['127.0.0.1', '127.0.0.2']) {
        const client = await broker.connect(host)
        expect((await metadata(client)).brokers).toMatchObject([{ host, port: broker.port }])
        client.close()
      }
      expect(broker.child.stderr.filter((line) => line.includes('--advertise HOST:PORT'))).toHaveLength(1)
      await stop(broker)
    }))

  test('--advertise is what clients are told', () =>
    withFolder(async (folder) => {
      const args = ['--listen', '0.0.0.0:0', '--advertise', 'kafka.example:19092', '--data-dir', folder]
      const broker = await startReady(args)
      expect((await metadata(await broker.connect())).brokers).toMatchObject([{ host: 'kafka.example', port: 19092 }])
      expect(broker.child.stderr.join('\n')).not.toContain('--advertise HOST:PORT')
      await stop(broker)
    }))

  test('the command line goes before the environment, and that before the file', () =>
    withFolder(async (folder) => {
      const file = join(folder, 'server.properties')
      const lines = [
        'num.partitions=2',
        'log.retention.hours=3',
        'group.max.size=4',
        'listeners=PLAINTEXT://127.0.0.1:0',
      ]
      writeFileSync(
        file,
        [...lines, 'num.network.threads=9', 'advertised.listeners=PLAINTEXT://from.file:1'].join('\n'),
      )
      const broker = await startReady(['--config', file, '--set', 'num.partitions=7'], {
        KOHORT_NUM_PARTITIONS: '5',
        KOHORT_GROUP_MAX_SIZE: '6',
        KOHORT_DATA_DIR: join(folder, 'data'),
      })
      const client = await broker.connect()
      expect(await brokerConfig(client, 'num.partitions')).toBe('7')
      expect(await brokerConfig(client, 'group.max.size')).toBe('6')
      expect(await brokerConfig(client, 'log.retention.hours')).toBe('3')
      expect((await metadata(client)).brokers).toMatchObject([{ host: 'from.file', port: 1 }])
      const ignored = broker.child.stderr.filter((line) => line.includes('num.network.threads'))
      expect(ignored).toHaveLength(1)
      expect(ignored[0]).toContain('without effect')
      await stop(broker)
    }))

  test.each([
    [['--listen', '192.0.2.1:0'], 'This machine has no address 192.0.2.1', 3],
    [['--listen', '127.0.0.1:99999'], '--listen 127.0.0.1:99999 is not an address', 2],
    [['--flush', 'sometimes'], 'Allowed choices are fsync, interval, none', 2],
    [['--topic', 'orders'], 'write NAME:PARTITIONS', 2],
    [['--topic', 'bad name:1'], "'bad name' contains one or more characters other than", 2],
    [['--topic', 'orders:0'], 'Topic orders must have between 1 and 10000 partitions, not 0.', 2],
    [['--set', 'num.partitons=3'], 'has no broker config num.partitons; did you mean num.partitions?', 2],
    [['--set', 'num.partitions=many'], 'Invalid value many for configuration num.partitions', 2],
    [['--set', 'num.partitions'], 'Write KEY=VALUE', 2],
    [['--config', '/does/not/exist'], 'The config file /does/not/exist cannot be read', 2],
    [['--data-dir', '/dev/null/data'], 'The data folder cannot be read or written (', 7],
    [['bogus'], 'kohort broker takes options only, and bogus is none.', 2],
    [['--bogus'], "unknown option '--bogus'", 2],
  ])('%j is refused in a sentence', (args, sentence, exitCode) =>
    withFolder(async (folder) => {
      const listen = args.includes('--listen') ? [] : ['--listen', '127.0.0.1:0']
      const dataDir = args.includes('--data-dir') ? [] : ['--data-dir', folder]
      const ended = await run([...listen, ...dataDir, ...args])
      expect(ended.stdout).toEqual([])
      expect(ended.stderr.join('\n')).toContain(sentence)
      expect(ended.exitCode).toBe(exitCode)
      expect(ended.stderr.filter((line) => line.startsWith('    at '))).toEqual([])
    }))

  test.each([
    [['topcis', 'create', 'orders', '--partitions', '6'], 'There is no command topcis; did you mean kohort topics?'],
    [['foo'], 'There is no command foo; kohort --help shows all commands.'],
    [['broker', 'foo'], 'kohort broker takes options only, and foo is none.'],
    [['topics', 'crate', 'orders'], "error: unknown command 'crate'"],
  ])('the command %j is refused in one sentence', async (args, sentence) => {
    const { exitCode, stdout, stderr } = await run(args)
    expect({ exitCode, stdout, told: stderr.join('\n').replace(/^kohort: /, '') }).toEqual({
      exitCode: 2,
      stdout: [],
      told: expect.stringContaining(sentence),
    })
  })

  test('a taken port is told', () =>
    withFolder(async (folder) => {
      const other = createServer()
      await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
      const { port } = other.address() as { port: number }
      const { exitCode, stderr } = await run(['--listen', `127.0.0.1:${port}`, '--data-dir', folder])
      other.close()
      expect(stderr.at(-1)).toBe(
        `kohort: The address 127.0.0.1:${port} is taken by another process: stop it, or choose another port with --listen.`,
      )
      expect(exitCode).toBe(3)
    }))

  test('a data folder in use is told', () =>
    withFolder(async (folder) => {
      const broker = await startReady(['--listen', '127.0.0.1:0', '--data-dir', folder])
      const { exitCode, stderr } = await run(['--listen', '127.0.0.1:0', '--data-dir', folder])
      expect(stderr).toEqual([`kohort: The data folder ${folder} is in use by another process.`])
      expect(exitCode).toBe(4)
      await stop(broker)
    }))

  test('a data folder of a newer kohort is told', () =>
    withFolder(async (folder) => {
      await stop(await startReady(['--listen', '127.0.0.1:0', '--data-dir', folder]))
      const file = join(folder, 'meta.properties')
      writeFileSync(file, readFileSync(file, 'utf8').replace(/^(.*version)=\d+$/m, '$1=999'))
      const { exitCode, stderr } = await run(['--listen', '127.0.0.1:0', '--data-dir', folder])
      expect(stderr).toHaveLength(1)
      expect(stderr[0]).toMatch(/^kohort: .*newer.*\.$/)
      expect(exitCode).toBe(5)
    }))

  test('log lines are JSON or for people, on stderr, from the level asked for', () =>
    withFolder(async (folder) => {
      const args = ['--listen', '0.0.0.0:0', '--data-dir', folder]
      const json = await startReady([...args, '--log-format', 'json'])
      await stop(json)
      const lines = json.child.stderr.map((line) => JSON.parse(line) as { level: string; time: string; msg: string })
      expect(lines.map(({ level }) => level)).toEqual(['warn', 'info', 'info', 'info'])
      expect(lines.slice(1).map(({ msg }) => msg)).toEqual([json.readyLine, 'stopping', 'stopped'])
      expect(lines.every(({ time }) => !Number.isNaN(Date.parse(time)))).toBe(true)
      const pretty = await startReady([...args, '--log-format', 'pretty'])
      await stop(pretty)
      expect(pretty.child.stderr.join('\n')).toMatch(/WARN.*listening on 0\.0\.0\.0/)
      const silent = await startReady([...args, '--log-level', 'silent'])
      await stop(silent)
      expect(silent.child.stderr).toEqual([])
    }))

  test('a variable that is neither an option nor a config earns a word, and one of the tests never gets here', () =>
    withFolder(async (folder) => {
      process.env.KOHORT_FULL ??= '0'
      const broker = await startReady(['--listen', '127.0.0.1:0', '--data-dir', folder], { KOHORT_NUM_PARTITION: '3' })
      await stop(broker)
      const told = broker.child.stderr.filter((line) => line.includes('KOHORT_'))
      expect(told).toHaveLength(1)
      expect(told[0]).toContain('KOHORT_NUM_PARTITION is neither an option nor a broker config, and ignored')
      expect(told[0]).toContain('did you mean KOHORT_NUM_PARTITIONS?')
    }))

  test('--version and --help', async () => {
    const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
      version: string
    }
    expect(await run(['--version'])).toMatchObject({ exitCode: 0, stdout: [version] })
    const help = await run(['--help'])
    expect(help.exitCode).toBe(0)
    for (const option of [
      '--listen',
      '--advertise',
      '--http',
      '--data-dir',
      '--flush',
      '--topic',
      '--config',
      '--set',
      '--recover',
    ])
      expect(help.stdout.join('\n')).toContain(option)
  })
})

describe('kohort topics create', () => {
  test('creates a topic, tells when it exists, and when no broker answers', () =>
    withFolder(async (folder) => {
      const broker = await startReady(['--listen', '127.0.0.1:0', '--data-dir', folder])
      const at = ['--bootstrap-server', `127.0.0.1:${broker.port}`]
      const create = ['topics', 'create', 'orders']
      const options = ['--partitions', '6', '--config', 'retention.ms=5']
      const created = await run([...create, ...options, ...at])
      expect(created).toEqual({ exitCode: 0, stdout: ['Created topic orders with 6 partitions.'], stderr: [] })
      const again = await run([...create, ...at])
      expect(again.exitCode).toBe(1)
      expect(again.stderr).toEqual([
        "kohort: Topic orders was not created: Topic 'orders' already exists. (TOPIC_ALREADY_EXISTS)",
      ])
      expect((await run([...create, '--if-not-exists', ...at])).exitCode).toBe(0)
      const { topics } = await metadata(await broker.connect())
      expect(topics.map(({ name, partitions }) => [name, partitions.length])).toEqual([['orders', 6]])
      await stop(broker)
      const nobody = await run([...create, ...at])
      expect(nobody.exitCode).toBe(1)
      expect(nobody.stderr[0]).toContain(`No broker answers at 127.0.0.1:${broker.port}`)
    }))
})

describe('kohort health', () => {
  test('ends with 0 while a broker takes requests, else with 1 and the reason', () =>
    withFolder(async (folder) => {
      const broker = await startReady(['--listen', '127.0.0.1:0', '--data-dir', folder])
      const server = `127.0.0.1:${broker.port}`
      const healthy = { exitCode: 0, stdout: [`healthy: node 1 at ${server}`], stderr: [] }
      expect(await run(['health', '--bootstrap-server', server])).toEqual(healthy)
      expect(await run(['health'], { KOHORT_BOOTSTRAP_SERVER: server })).toEqual(healthy)
      broker.child.signal('SIGSTOP')
      const silent = await run(['health', '--bootstrap-server', server, '--timeout', '200'])
      broker.child.signal('SIGCONT')
      expect(silent).toMatchObject({ exitCode: 1, stdout: [] })
      expect(silent.stderr).toEqual([
        `kohort: The broker at ${server} does not answer as one: the broker does not answer.`,
      ])
      await stop(broker)
      const gone = await run(['health', '--bootstrap-server', server])
      expect(gone).toEqual({
        exitCode: 1,
        stdout: [],
        stderr: [`kohort: No broker answers at ${server} (ECONNREFUSED).`],
      })
    }))

  test('has a reason, too, where something else listens', async () => {
    const other = createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
    const { port } = other.address() as { port: number }
    const { exitCode, stderr } = await run(['health', '--bootstrap-server', `127.0.0.1:${port}`])
    other.close()
    expect(exitCode).toBe(1)
    expect(stderr).toEqual([`kohort: The broker at 127.0.0.1:${port} does not answer as one: this is no Kafka broker.`])
  })
})
