import { describe, expect, test } from 'vitest'
import { Kafka } from '../../src/client/index.ts'
import { type ExporterOptions, startExporter, startHttpServer } from '../../src/http/index.ts'
import { silentLogger, systemClock } from '../../src/platform/index.ts'
import { waitUntil } from '../interop/support/wait.ts'
import { lagFixture } from '../tools/support/lag-fixture.ts'
import { parsePage } from './support/exposition.ts'

const { atEnd, startCluster } = lagFixture()

const lagOf = 'kafka_consumer_lag{topic="orders",partition="0",consumer_group="billing"}'

async function exporter(
  kafka: Kafka,
  options: Partial<ExporterOptions> = {},
): Promise<(path: string, accept?: string) => Promise<Response>> {
  const server = atEnd(
    await startExporter({
      kafka,
      addresses: [{ host: '127.0.0.1', port: 0 }],
      clock: systemClock,
      logger: silentLogger,
      version: '1.2.3',
      ...options,
    }),
  )
  const { port } = server.addresses[0]!
  return (path, accept = 'text/plain') => fetch(`http://127.0.0.1:${port}${path}`, { headers: { accept } })
}

async function pageOf(response: Response, format: 'prometheus' | 'openmetrics' = 'prometheus') {
  expect(response.status).toBe(200)
  return parsePage(await response.text(), format)
}

async function billing() {
  const cluster = await startCluster({ topics: { orders: 1 } })
  await cluster.broker.produce('orders', ['a', 'b', 'c'])
  await cluster.admin.alterGroupOffsets('billing', [{ topic: 'orders', partition: 0, offset: 1n }])
  return cluster
}

describe('the exporter', () => {
  test('serves the lag of groups, from the first page on, and its own process', async () => {
    const { kafka } = await billing()
    const get = await exporter(kafka)
    const { samples, types } = await pageOf(await get('/metrics'))
    expect(samples.get(lagOf)).toBe(2)
    expect(samples.get('kohort_lag_up')).toBe(1)
    expect(types.get('kohort_lag_scrape_duration_seconds')).toBe('histogram')
    expect(samples.has('process_resident_memory_bytes')).toBe(true)
    expect([(await get('/healthz')).status, (await get('/readyz')).status, (await get('/other')).status]).toEqual([
      200, 200, 404,
    ])
  })

  test('serves OpenMetrics to those who ask for it, and always the newest round', async () => {
    const { kafka, admin } = await billing()
    const get = await exporter(kafka, { monitor: { intervalMs: 10 } })
    await admin.alterGroupOffsets('billing', [{ topic: 'orders', partition: 0, offset: 3n }])
    await waitUntil('the new offset', async () => {
      const { samples } = await pageOf(await get('/metrics', 'application/openmetrics-text'), 'openmetrics')
      return samples.get(lagOf) === 0 ? true : undefined
    })
  })

  test('counts rebalances of kohort’s own timeline, by what set them off', async () => {
    const { kafka, broker } = await billing()
    const get = await exporter(kafka, { monitor: { intervalMs: 10 } })
    await pageOf(await get('/metrics'))
    const consumer = kafka.consumer({ groupId: 'live', groupProtocol: 'classic' })
    consumer.subscribe(['orders'])
    void consumer.poll({ timeoutMs: 60_000 }).catch(() => {})
    await broker.group('live').untilStable()
    await waitUntil('a rebalance that was counted', async () => {
      const { samples } = await pageOf(await get('/metrics'))
      return samples.get('kafka_consumer_group_rebalances_total{consumer_group="live",trigger="join"}')
    })
  })

  test('says that it knows nothing where no broker answers, and serves no old figures', async () => {
    const { broker } = await billing()
    const kafka = atEnd(
      new Kafka({ bootstrapServers: broker.bootstrapServers, retryBackoffMs: 5, reconnectBackoffMs: 5 }),
    )
    const get = await exporter(kafka, { monitor: { intervalMs: 10, timeoutMs: 200 } })
    expect((await pageOf(await get('/metrics'))).samples.get(lagOf)).toBe(2)
    await broker.close()
    await waitUntil('down', async () => {
      const { samples } = await pageOf(await get('/metrics'))
      return samples.get('kohort_lag_up') === 0 && !samples.has(lagOf) ? true : undefined
    })
  })

  test('has the names of another exporter, and only groups and topics that it may show', async () => {
    const { kafka, admin } = await billing()
    await admin.alterGroupOffsets('secret', [{ topic: 'orders', partition: 0, offset: 0n }])
    const get = await exporter(kafka, {
      compat: 'kafka_exporter',
      monitor: {
        topics: 'all',
        includesGroup: (groupId) => groupId !== 'secret',
        includesTopic: (topic) => topic === 'orders',
      },
    })
    const { samples } = await pageOf(await get('/metrics', 'application/openmetrics-text'))
    expect(samples.get('kafka_consumergroup_lag{consumergroup="billing",partition="0",topic="orders"}')).toBe(2)
    expect(samples.get('kafka_topic_partitions{topic="orders"}')).toBe(1)
    expect([...samples.keys()].filter((series) => series.includes('secret') || series.includes('__'))).toEqual([])
  })
})

test('the broker’s own page has the lag of its groups, whatever address it advertises', async () => {
  const { broker } = await billing()
  const server = atEnd(
    await startHttpServer({
      addresses: [{ host: '127.0.0.1', port: 0 }],
      observed: { broker: broker.running, isStopping: false },
      clock: systemClock,
      logger: silentLogger,
      version: '1.2.3',
      showsLag: true,
    }),
  )
  await waitUntil('the lag', async () => {
    const response = await fetch(`http://127.0.0.1:${server.addresses[0]!.port}/metrics`, {
      headers: { accept: 'text/plain' },
    })
    const { samples } = await pageOf(response)
    expect(samples.get('kohort_ready')).toBe(1)
    return samples.get(lagOf) === 2 ? true : undefined
  })
})
