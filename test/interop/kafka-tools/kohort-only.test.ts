import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { adminOf, type Broker, requireTool, startBroker } from '../support/index.ts'
import { KafkaTools, type ToolName, type ToolResult } from './tools.ts'

describe.skipIf(!requireTool('java', 'javac', 'mvn'))("Kafka's tools where kohort is not a cluster", () => {
  let tools: KafkaTools
  let broker: Broker

  beforeAll(async () => {
    ;[tools, broker] = await Promise.all([KafkaTools.start(), startBroker({ target: 'kohort' })])
  }, 600_000)

  afterAll(async () => {
    await Promise.all([tools?.stop(), broker?.stop()])
  })

  const run = (tool: ToolName, ...args: readonly string[]): Promise<ToolResult> =>
    tools.run(tool, ['--bootstrap-server', broker.bootstrap, ...args])

  test('a replication factor of 3 is accepted, reported as 1, and named in one line of the log', async () => {
    const created = await run(
      'kafka-topics',
      '--create',
      '--topic',
      'three',
      '--partitions',
      '2',
      '--replication-factor',
      '3',
    )
    expect(created).toMatchObject({ exitCode: 0, output: 'Created topic three.\n' })
    const { output } = await run('kafka-topics', '--describe', '--topic', 'three')
    expect(output).toContain('ReplicationFactor: 1\t')
    expect(broker.logs.filter((line) => /replication/i.test(line))).toHaveLength(1)
  })

  test('the topic of the group coordinator can be read, but not changed by hand', { timeout: 60_000 }, async () => {
    await adminOf(broker.bootstrap).createTopic('read', 1)
    await tools.run('kafka-console-producer', ['--bootstrap-server', broker.bootstrap, '--topic', 'read'], {
      stdin: '1\n',
    })
    const read = ['--topic', 'read', '--group', 'readers', '--from-beginning', '--max-messages', '1']
    expect((await run('kafka-console-consumer', ...read)).exitCode).toBe(0)
    const refused = async (...args: readonly string[]) => {
      const { exitCode, output } = await run('kafka-topics', ...args)
      expect(exitCode).toBe(1)
      expect(output).toMatch(/__consumer_offsets|internal/)
    }
    await refused('--delete', '--topic', '__consumer_offsets')
    await refused('--alter', '--topic', '__consumer_offsets', '--partitions', '60')
    const { output } = await run('kafka-topics', '--describe', '--topic', '__consumer_offsets')
    expect(output).toContain('PartitionCount: 50')
  })

  test('a transactional producer is refused at once, with a sentence', { timeout: 60_000 }, async () => {
    await adminOf(broker.bootstrap).createTopic('transactions', 1)
    const args = ['--topic', 'transactions', '--num-records', '10', '--record-size', '10', '--throughput', '-1']
    const props = ['--producer-props', `bootstrap.servers=${broker.bootstrap}`, 'max.block.ms=20000']
    const { output } = await tools.run('kafka-producer-perf-test', [...args, '--transactional-id', 'tx', ...props])
    expect(output).toMatch(/transaction/i)
    expect(output).toMatch(/InvalidRequestException|KafkaException/)
    expect(output).not.toMatch(/TimeoutException/)
  })

  test.each([
    ['kafka-metadata-quorum', 'describe --status', /^LeaderId:\s+1$/m],
    ['kafka-metadata-quorum', 'describe --replication', /^1\s.*Leader/m],
    ['kafka-features', 'describe', /^Feature: /m],
    ['kafka-broker-api-versions', '', /JoinGroup\(11\): 0 to 9/],
  ] as const)('%s %s gets an answer', async (tool, args, expected) => {
    const { exitCode, output } = await run(tool, ...args.split(' ').filter((arg) => arg !== ''))
    expect(exitCode, output).toBe(0)
    expect(output).toMatch(expected)
  })
})
