import { describe, expect, test } from 'vitest'
import { Kafka } from '../../src/client/index.ts'
import { startBroker } from '../../src/testing/index.ts'
import { parsePage } from '../http/support/exposition.ts'
import { waitUntil } from '../interop/support/wait.ts'
import { kohort, run, startReady, stop, withFolder } from './support.ts'

async function metrics(url: string) {
  return parsePage(await (await fetch(url, { headers: { accept: 'text/plain' } })).text(), 'prometheus').samples
}

describe('kohort exporter', () => {
  test('serves the lag of the groups that it may show, and ends with a signal', async () => {
    await using broker = await startBroker({ topics: { orders: 1 } })
    await using kafka = new Kafka({ bootstrapServers: broker.bootstrapServers })
    await broker.produce('orders', ['a', 'b'])
    for (const groupId of ['billing', 'test-1'])
      await kafka.admin().alterGroupOffsets(groupId, [{ topic: 'orders', partition: 0, offset: 0n }])
    const options = ['--bootstrap-server', broker.bootstrapServers, '--listen', '127.0.0.1:0']
    const child = kohort([
      'exporter',
      ...options,
      '--group-deny',
      '^test-',
      '--metric-deny',
      '_rate$',
      '--label',
      'cluster=c1',
    ])
    const line = await waitUntil('the ready line', () => child.stdout[0], { details: () => child.tail() })
    const url = /^kohort exporter ready: (http:\S+\/metrics)$/.exec(line)?.[1]
    const samples = await metrics(url!)
    expect(samples.get('kafka_consumer_lag{cluster="c1",topic="orders",partition="0",consumer_group="billing"}')).toBe(
      2,
    )
    const series = [...samples.keys()]
    expect(series.filter((name) => name.includes('test-1') || /^kafka_consumer_commit_rate/.test(name))).toEqual([])
    child.signal('SIGTERM')
    expect(await child.ended()).toBe(0)
  })

  test('refuses what is no regular expression and no exporter', async () => {
    expect((await run(['exporter', '--group-allow', '('])).exitCode).toBe(2)
    expect((await run(['exporter', '--compat', 'other'])).exitCode).toBe(2)
    const named = await run(['exporter', '--compat', 'kminion', '--cluster-name', 'c1'])
    expect([named.exitCode, named.stderr.join()]).toEqual([2, expect.stringContaining('--label cluster=NAME')])
    expect((await run(['exporter', '--label', 'a-b=c'])).exitCode).toBe(2)
    expect((await run(['exporter', '--window', '20', '--interval', '15'])).stderr.join()).toContain(
      'nothing could be judged',
    )
  })
})

test('a broker with --http has the lag of its groups on its own page', () =>
  withFolder(async (folder) => {
    const args = ['--listen', '127.0.0.1:0', '--http', '127.0.0.1:0', '--data-dir', folder, '--topic', 'orders:1']
    const broker = await startReady(args)
    const http = /, http on (\S+?), data in/.exec(broker.readyLine)?.[1]
    await using kafka = new Kafka({ bootstrapServers: `127.0.0.1:${broker.port}` })
    await kafka.producer().send({ topic: 'orders', value: 'a' })
    await kafka.admin().alterGroupOffsets('billing', [{ topic: 'orders', partition: 0, offset: 0n }])
    await waitUntil('the lag', async () => {
      const samples = await metrics(`http://${http}/metrics`)
      return samples.get('kafka_consumer_lag{topic="orders",partition="0",consumer_group="billing"}') === 1
    })
    expect(await stop(broker)).toBe(0)
  }))
