import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { adminOf, type Broker, requireTool, startBroker } from '../support/index.ts'
import { KafkaTools, type ToolName } from './tools.ts'

describe.skipIf(!requireTool('java', 'javac', 'mvn'))('kafka-dump-log', () => {
  let tools: KafkaTools
  let broker: Broker

  beforeAll(async () => {
    ;[tools, broker] = await Promise.all([KafkaTools.start(), startBroker()])
  }, 600_000)

  afterAll(async () => {
    await Promise.all([tools?.stop(), broker?.stop()])
  })

  async function run(tool: ToolName, args: readonly string[], stdin = ''): Promise<string> {
    const { exitCode, output } = await tools.run(tool, args, { stdin })
    expect(exitCode, output).toBe(0)
    return output
  }

  test('reads every file of the data folder without complaint after a clean stop', { timeout: 180_000 }, async () => {
    const server = ['--bootstrap-server', broker.bootstrap]
    await adminOf(broker.bootstrap).createTopic('dumped', 2, {
      'segment.bytes': '1048576',
      'index.interval.bytes': '512',
    })
    for (const codec of ['none', 'gzip', 'snappy', 'lz4', 'zstd']) {
      const lines = Array.from({ length: 200 }, (_, i) => `${codec}-${i}\tvalue ${i} ${'x'.repeat(i)}\n`)
      const args = [...server, '--topic', 'dumped', '--reader-property', 'parse.key=true', '--compression-codec', codec]
      await run('kafka-console-producer', args, lines.join(''))
    }
    const perf = ['--topic', 'dumped', '--num-records', '20000', '--record-size', '200', '--throughput', '-1']
    await run('kafka-producer-perf-test', [...perf, '--producer-props', `bootstrap.servers=${broker.bootstrap}`])
    const consume = [...server, '--topic', 'dumped', '--group', 'dumpers', '--from-beginning', '--max-messages', '500']
    await run('kafka-console-consumer', consume)
    await broker.terminate()

    const files = segmentFiles(broker.dataDir)
    const dumped = files.filter((file) => file.includes('/dumped-'))
    expect(dumped.filter((file) => file.endsWith('.log')).length, 'segments rolled by size').toBeGreaterThanOrEqual(4)
    expect(dumped.filter((file) => file.endsWith('.index')).length).toBe(
      dumped.filter((f) => f.endsWith('.log')).length,
    )
    for (const file of files) {
      const isGroupLog = file.includes('__consumer_offsets')
      const how = file.endsWith('.log') ? ['--deep-iteration', ...(isGroupLog ? ['--offsets-decoder'] : [])] : []
      if (file.endsWith('.index')) how.push('--index-sanity-check')
      const output = await run('kafka-dump-log', ['--files', file, ...how])
      expect(output, file).not.toMatch(/mismatch|corrupt|found|exception|invalid|non-consecutive/i)
    }
    const records = await Promise.all(
      dumped
        .filter((file) => file.endsWith('.log'))
        .map((file) => run('kafka-dump-log', ['--files', file, '--print-data-log'])),
    )
    expect(records.join('\n').match(/^\| offset: /gm)?.length).toBe(21_000)
    const groupLogs = files.filter((file) => file.includes('__consumer_offsets') && file.endsWith('.log'))
    const group = await Promise.all(
      groupLogs.map((file) => run('kafka-dump-log', ['--files', file, '--offsets-decoder'])),
    )
    expect(group.join('\n')).toMatch(/dumpers/)
  })
})

/** Segments and indexes of all partitions; a folder a partition, `TOPIC-PARTITION`, somewhere in the data folder. */
function segmentFiles(folder: string): readonly string[] {
  const entries = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  const isSegmentFile = /\/[^/]+-\d+\/\d{20}\.(log|index|timeindex)$/
  return entries.map((entry) => join(folder, entry)).filter((file) => isSegmentFile.test(file))
}
