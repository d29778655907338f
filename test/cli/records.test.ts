import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type Admin, Kafka } from '../../src/client/index.ts'
import { startBroker, type TestBroker } from '../../src/testing/index.ts'
import { Child } from '../interop/support/child.ts'
import { requireTool } from '../interop/support/toolchain.ts'
import { waitUntil } from '../interop/support/wait.ts'
import { bin, kohort, run } from './support.ts'

let broker: TestBroker
let kafka: Kafka
let admin: Admin
let folder: string
const children: Child[] = []

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kohort-records-'))
  broker = await startBroker()
  kafka = new Kafka({ bootstrapServers: broker.bootstrapServers })
  admin = kafka.admin()
})
afterEach(async () => {
  await Promise.all(children.splice(0).map((child) => child.kill()))
})
afterAll(async () => {
  await kafka?.close()
  await broker?.close()
  rmSync(folder, { recursive: true, force: true })
})

const at = (...args: readonly string[]): string[] => [...args, '--bootstrap-server', broker.bootstrapServers]

/** A command with this text as its input. */
async function given(input: string, ...args: readonly string[]) {
  const file = join(folder, 'input')
  writeFileSync(file, input)
  return run(at(...args, '--file', file))
}

async function topic(name: string, partitions = 1): Promise<string> {
  await admin.createTopics([{ name, partitions }])
  return name
}

/** As the broker has them. */
async function records(name: string) {
  return (await broker.records(name)).map(({ key, value, headers, partition }) => ({
    key: key?.toString() ?? null,
    value: value?.toString() ?? null,
    headers: Object.fromEntries(Object.entries(headers).map(([header, bytes]) => [header, bytes?.toString()])),
    partition,
  }))
}

function start(...args: readonly string[]): Child {
  const child = kohort(at(...args))
  children.push(child)
  return child
}

async function committed(groupId: string): Promise<(bigint | undefined)[]> {
  const offsets = (await admin.listGroupOffsets([groupId])).get(groupId) ?? []
  return offsets.map(({ offset }) => offset)
}

describe('kohort produce', () => {
  test('sends lines with keys, headers, null markers and a codec', async () => {
    await topic('lines', 3)
    const sent = await given(
      'a=1\nb=x=y\nc=NULL\n',
      ...['produce', 'lines', '--key-separator', '=', '--header', 'from=test', '--partition', '2'],
      ...['--compression', 'zstd', '--null-marker', 'NULL'],
    )
    expect([sent.exitCode, sent.stdout, sent.stderr]).toEqual([0, ['Sent 3 records to lines.'], []])
    const headers = { from: 'test' }
    expect(await records('lines')).toEqual([
      { key: 'a', value: '1', headers, partition: 2 },
      { key: 'b', value: 'x=y', headers, partition: 2 },
      { key: 'c', value: null, headers, partition: 2 },
    ])
  })

  test('sends what is typed line by line, and ends cleanly at SIGINT', async () => {
    await topic('typed')
    const child = start('produce', 'typed', '--acks', '1')
    child.write('first\n')
    await waitUntil('the first record', async () => (await records('typed')).length === 1)
    child.write('second\n')
    await waitUntil('the second record', async () => (await records('typed')).length === 2)
    child.signal('SIGINT')
    expect(await child.ended(), child.tail()).toBe(0)
    expect(child.stdout).toEqual(['Sent 2 records to typed.'])
  })

  test('stops at the first line that cannot be sent, and names it', async () => {
    await topic('bad')
    const noJson = await given('{"n":1}\n{"n":\n{"n":3}\n', 'produce', 'bad', '--format', 'json')
    expect([noJson.exitCode, noJson.stderr[0]]).toEqual([
      1,
      expect.stringMatching(/^kohort: The record of line 2 was not sent: it is no JSON/),
    ])
    const noKey = await given('novalue\n', 'produce', 'bad', '--key-separator', ':')
    expect(noKey.stderr).toEqual(["kohort: The record of line 1 was not sent: there is no ':' in it"])
    const noBase64 = await given('***\n', 'produce', 'bad', '--format', 'base64')
    expect(noBase64.stderr).toEqual(['kohort: The record of line 1 was not sent: it is no base64'])
    expect((await records('bad')).map(({ value }) => value)).toEqual(['{"n":1}'])
    const noFile = await run(at('produce', 'bad', '--file', '/nowhere'))
    expect([noFile.exitCode, noFile.stderr]).toEqual([
      2,
      ['kohort: The file /nowhere of --file cannot be read (ENOENT).'],
    ])
  })

  test('sends bytes that are no text as they are, and consume gives them back', async () => {
    await topic('bytes')
    const input = Buffer.from([0xff, 0xfe, 0x00, 0x3a, 0x80, 0x0d, 0x0a, 0x6c, 0xe9, 0x3a, 0x31])
    writeFileSync(join(folder, 'input'), input)
    const sent = await run(at('produce', 'bytes', '--key-separator', ':', '--file', join(folder, 'input')))
    expect(sent.stdout, sent.stderr.join()).toEqual(['Sent 2 records to bytes.'])
    expect((await broker.records('bytes')).map(({ key, value }) => [key, value])).toEqual([
      [Buffer.from([0xff, 0xfe, 0x00]), Buffer.from([0x80])],
      [Buffer.from([0x6c, 0xe9]), Buffer.from('1')],
    ])
    const command = `"$0" "$1" consume bytes --from beginning --until end --print key --separator : --bootstrap-server ${broker.bootstrapServers} > ${join(folder, 'output')}`
    const child = new Child({ command: 'bash', args: ['-c', command, process.execPath, bin] })
    expect(await child.ended(), child.tail()).toBe(0)
    const whole = Buffer.from([0xff, 0xfe, 0x00, 0x3a, 0x80, 0x0a, 0x6c, 0xe9, 0x3a, 0x31, 0x0a])
    expect(readFileSync(join(folder, 'output'))).toEqual(whole)
    const json = await run(at('consume', 'bytes', '--from', 'beginning', '--until', 'end', '--output', 'json'))
    expect(json.stderr).toEqual([
      'kohort: bytes-0 at offset 0 is no UTF-8, and not in JSON what it was; --format base64 and --key-format base64 keep it.',
    ])
  })

  test('takes what consume has printed as JSON', async () => {
    await topic('source', 2)
    await topic('copy', 2)
    await broker.produce('source', [
      { key: 'k', value: '{"n":1}', partition: 1, headers: { h: 'x' } },
      { key: null, value: null, partition: 0 },
    ])
    const read = await run(
      at('consume', 'source', '--from', 'beginning', '--until', 'end', '--output', 'json', '--format', 'json'),
    )
    expect(read.exitCode, read.stderr.join('\n')).toBe(0)
    const lines = read.stdout.map((line) => JSON.parse(line) as Record<string, unknown>)
    expect(lines.sort((a, b) => Number(b.partition) - Number(a.partition))).toEqual([
      {
        topic: 'source',
        partition: 1,
        offset: 0,
        timestamp: expect.any(Number) as number,
        key: 'k',
        value: { n: 1 },
        headers: [['h', 'x']],
      },
      {
        topic: 'source',
        partition: 0,
        offset: 0,
        timestamp: expect.any(Number) as number,
        key: null,
        value: null,
        headers: [],
      },
    ])
    const copied = await given(`${read.stdout.join('\n')}\n`, 'produce', 'copy', '--input', 'json', '--format', 'json')
    expect(copied.exitCode, copied.stderr.join('\n')).toBe(0)
    expect(await records('copy')).toEqual(await records('source'))
  })
})

describe('kohort consume', () => {
  test('begins and ends at offsets, times and ends', async () => {
    await topic('places')
    await broker.produce(
      'places',
      [10, 20, 30, 40].map((n) => ({ value: `v${n}`, timestampMs: 1_700_000_000_000 + n })),
    )
    const read = async (...args: string[]) => (await run(at('consume', 'places', ...args))).stdout
    expect(await read('--from', 'beginning', '--until', 'end')).toEqual(['v10', 'v20', 'v30', 'v40'])
    expect(await read('--from', '1', '--until', '3')).toEqual(['v20', 'v30'])
    expect(await read('--from', '@1700000000020', '--until', '@1700000000035')).toEqual(['v20', 'v30'])
    expect(await read('--from', '2023-11-14T22:13:20.030Z', '--max', '1')).toEqual(['v30'])
    expect(await read('--from', '1h', '--until', 'end')).toEqual([])
    expect(await read('--from', '99', '--until', 'end')).toEqual([])
    const wrong = await run(at('consume', 'places', '--from', 'somewhere'))
    expect([wrong.exitCode, wrong.stderr[0]]).toEqual([2, expect.stringContaining('--from somewhere is no place')])
    const missing = await run(at('consume', 'places', '--partition', '7'))
    expect([missing.exitCode, missing.stderr]).toEqual([1, ['kohort: Topic places has partitions 0 to 0, and no 7.']])
  })

  test('prints the parts that are asked for', async () => {
    await topic('parts')
    await broker.produce('parts', [{ key: 'k', value: 'v', headers: { h: 'x', i: 'y' }, timestampMs: 0 }])
    const { stdout } = await run(
      at(
        'consume',
        'parts',
        '--from',
        'beginning',
        '--max',
        '1',
        '--print',
        'timestamp,partition,offset,headers,key',
        '--separator',
        '|',
        '--key-format',
        'base64',
      ),
    )
    expect(stdout).toEqual(['1970-01-01T00:00:00.000Z|0|0|h=x,i=y|aw==|v'])
  })

  test('follows a topic, and ends at SIGINT', async () => {
    await topic('followed')
    await broker.produce('followed', [{ value: 'old' }])
    const child = start('consume', 'followed')
    await waitUntil('the new record', async () => {
      await broker.produce('followed', [{ value: 'new' }])
      return child.stdout.includes('new')
    })
    child.signal('SIGINT')
    expect(await child.ended(), child.tail()).toBe(0)
    expect([child.stdout.includes('old'), child.stderr]).toEqual([false, []])
  })

  test('as a member of a group commits what it has printed, and goes on there', async () => {
    await topic('grouped')
    await broker.produce(
      'grouped',
      Array.from({ length: 10 }, (_, i) => ({ value: `${i}` })),
    )
    const group = ['--group', 'readers', '--from', 'beginning']
    const first = await run(at('consume', 'grouped', ...group, '--max', '3'))
    expect([first.exitCode, first.stdout], first.stderr.join('\n')).toEqual([0, ['0', '1', '2']])
    expect(await committed('readers')).toEqual([3n])
    const second = await run(at('consume', 'grouped', ...group, '--until', '6'))
    expect(second.stdout).toEqual(['3', '4', '5'])
    expect(await committed('readers')).toEqual([6n])
    const third = start('consume', 'grouped', ...group)
    await waitUntil('the rest', () => third.stdout.length === 4, { details: () => third.tail() })
    third.signal('SIGINT')
    expect(await third.ended(), third.tail()).toBe(0)
    expect(await committed('readers')).toEqual([10n])
  })

  test('ends when nobody reads its output any more, with its commit', async () => {
    await topic('piped')
    await broker.produce(
      'piped',
      Array.from({ length: 1_000 }, (_, i) => ({ value: `${i} ${'x'.repeat(500)}` })),
    )
    const command = `"$0" "$1" consume piped --group piped --from beginning --bootstrap-server ${broker.bootstrapServers} | head -n 2; echo "ended with \${PIPESTATUS[0]}"`
    const child = new Child({ command: 'bash', args: ['-c', command, process.execPath, bin] })
    children.push(child)
    expect(await child.ended()).toBe(0)
    expect(child.stdout.at(-1)).toBe('ended with 0')
    expect(child.stdout[0]).toMatch(/^0 x/)
    expect((await admin.describeGroups(['piped'])).get('piped')?.members).toEqual([])
  })
})

describe('kohort configs', () => {
  test('sets, shows and sets back what is configured for a topic, all brokers and a group', async () => {
    await topic('configured')
    const ok = async (...args: string[]) => {
      const { exitCode, stdout, stderr } = await run(at('configs', ...args))
      expect(exitCode, stderr.join('\n')).toBe(0)
      return stdout
    }
    expect(await ok('describe', 'topic', 'configured')).toEqual([
      'Nothing is set for topic configured; --all shows the defaults.',
    ])
    expect(await ok('set', 'topic', 'configured', 'retention.ms=-1', 'cleanup.policy=compact')).toEqual([
      'Set retention.ms, cleanup.policy of topic configured.',
    ])
    await ok('set', 'topic', 'configured', 'cleanup.policy=+delete')
    await ok('set', 'topic', 'configured', 'retention.ms=5', '--dry-run')
    const csv = await ok('describe', 'topic', 'configured', '--output', 'csv')
    expect(csv).toEqual([
      'name,value,source,type,isReadOnly,isSensitive',
      'cleanup.policy,"compact,delete",dynamic-topic,list,false,false',
      'retention.ms,-1,dynamic-topic,long,false,false',
    ])
    expect(await ok('delete', 'topic', 'configured', 'retention.ms', 'cleanup.policy')).toEqual([
      'Set back retention.ms, cleanup.policy of topic configured.',
    ])
    expect((await ok('describe', 'topic', 'configured', 'retention.ms'))[1]).toMatch(
      /^retention.ms +604800000 +default +long/,
    )
    await ok('set', 'broker', 'default', 'log.retention.ms=1000000')
    expect((await ok('describe', 'broker', '1', 'log.retention.ms'))[1]).toMatch(
      /^log.retention.ms +1000000 +dynamic-default-broker/,
    )
    await ok('delete', 'broker', 'default', 'log.retention.ms')
    await ok('set', 'group', 'readers', 'consumer.session.timeout.ms=50000')
    expect((await ok('describe', 'group', 'readers'))[1]).toMatch(/^consumer.session.timeout.ms +50000 +group/)
  })

  test('says in a sentence what the cluster refuses', async () => {
    const wrong = await run(at('configs', 'set', 'topic', 'none', 'retention.ms=1'))
    expect([wrong.exitCode, wrong.stderr[0]]).toEqual([
      1,
      expect.stringMatching(/^kohort: The config of topic none was not altered: .*UNKNOWN_TOPIC/),
    ])
    const noName = await run(at('configs', 'describe', 'broker', 'one'))
    expect([noName.exitCode, noName.stderr]).toEqual([
      2,
      ["kohort: A broker is named by its id, or 'default' for all; one is neither."],
    ])
  })
})

test('kohort cluster shows brokers, features and API versions', async () => {
  const cluster = await run(at('cluster'))
  expect(cluster.exitCode, cluster.stderr.join('\n')).toBe(0)
  expect(cluster.stdout[0]).toMatch(/^Cluster \S+, 1 broker$/)
  expect(cluster.stdout[2]).toMatch(/^ *1 +127\.0\.0\.1 +\d+ +- +yes$/)
  const apis = await run(at('cluster', '--api-versions', '--output', 'csv'))
  expect(apis.stdout[0]).toBe('apiKey,name,nodeId,minVersion,maxVersion,usedVersion')
  expect(apis.stdout.find((line) => line.startsWith('11,'))).toBe('11,JoinGroup,1,0,9,9')
  const json = JSON.parse((await run(at('cluster', '--output', 'json'))).stdout.join('\n')) as {
    brokers: { nodeId: number; features: { name: string }[]; apis: unknown[] }[]
  }
  expect(json.brokers[0]).toMatchObject({ nodeId: 1, isController: true, port: broker.port })
  expect(json.brokers[0]!.apis.length).toBeGreaterThan(20)
  const features = await run(at('cluster', '--features'))
  expect(features.exitCode).toBe(0)
})

describe('kohort completion', () => {
  const complete = async (line: string): Promise<string[]> => {
    const words = line.split(' ')
    const script = `source <("$0" "$1" completion bash); COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}; _kohort; printf '%s\\n' "\${COMPREPLY[@]}"`
    const child = new Child({ command: 'bash', args: ['-c', script, process.execPath, bin] })
    expect(await child.ended(), child.tail()).toBe(0)
    return child.stdout.filter((word) => word !== '')
  }

  test('for bash knows commands, options and what options take', async () => {
    expect(await complete('kohort gro')).toEqual(['groups'])
    expect(await complete('kohort topics cr')).toEqual(['create'])
    expect(await complete('kohort groups list --out')).toEqual(['--output'])
    expect(await complete('kohort --flags groups list --output ')).toEqual(['table', 'json', 'csv'])
    expect(await complete('kohort configs set ')).toEqual(
      expect.arrayContaining(['topic', 'broker', 'group', '--dry-run']),
    )
    expect(await complete('kohort produce orders --file ')).toEqual([])
    expect(await complete('kohort completion z')).toEqual(['zsh'])
  })

  const sourced = async (shell: 'zsh' | 'fish', flags: readonly string[], script: string): Promise<string[]> => {
    const { exitCode, stdout } = await run(['completion', shell])
    expect(exitCode).toBe(0)
    const file = join(folder, `kohort.${shell}`)
    writeFileSync(file, `${stdout.join('\n')}\n`)
    const child = new Child({ command: shell, args: [...flags, '-c', script.replace('FILE', file)] })
    expect(await child.ended(), child.tail()).toBe(0)
    return child.stdout
  }

  test.skipIf(!requireTool('fish'))('for fish does the same, with summaries', async () => {
    const lines = ['kohort gro', 'kohort groups list --out', 'kohort groups list --output ', 'kohort configs set ']
    const asked = lines.map((line) => `complete -C '${line}'`).join('; ')
    const found = await sourced('fish', ['--no-config'], `source FILE; ${asked}`)
    expect(found).toEqual(
      expect.arrayContaining([
        'groups\tlook at consumer groups of any Kafka cluster, and change them',
        expect.stringMatching(/^--output\t/),
        expect.stringMatching(/^json\t/),
        'topic',
      ]),
    )
  })

  // Completion itself needs somebody who types: what the script would offer stands in for it.
  test.skipIf(!requireTool('zsh'))('for zsh too', async () => {
    const script = `autoload -U compinit; compinit -u -d ${folder}/zdump; source FILE
      _describe() { local -a l; l=("\${(@P)2}"); print -rl -- $l }
      compadd() { shift; print -rl -- "$@" }
      _files() { print FILES }
      offer() { words=(kohort "$@"); CURRENT=$#words; _kohort }
      offer gro; offer groups list --output ''; offer produce orders --file ''; offer topics ''`
    const found = await sourced('zsh', ['-f'], script)
    expect(found).toEqual(
      expect.arrayContaining([
        'groups:look at consumer groups of any Kafka cluster, and change them',
        'json',
        'FILES',
        'list:names of topics',
      ]),
    )
  })

  test('knows that kohort alone takes the options of the broker', async () => {
    expect(await complete('kohort --lis')).toEqual(['--listen'])
    expect(await complete('kohort --flush ')).toEqual(['fsync', 'interval', 'none'])
  })
})
