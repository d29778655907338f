import { request as httpRequest, type IncomingHttpHeaders, type RequestOptions } from 'node:http'
import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { Kafka } from '../../src/client/index.ts'
import { type ExporterOptions, type HttpServer, startExporter, startHttpServer } from '../../src/http/index.ts'
import { silentLogger, systemClock } from '../../src/platform/index.ts'
import { waitUntil } from '../interop/support/wait.ts'
import { lagFixture } from '../tools/support/lag-fixture.ts'
import { parsePage } from './support/exposition.ts'

const { atEnd, startCluster } = lagFixture()

const lagOf = 'kafka_consumer_lag{topic="orders",partition="0",consumer_group="billing"}'

async function exporterServer(kafka: Kafka, options: Partial<ExporterOptions> = {}): Promise<HttpServer> {
  return atEnd(
    await startExporter({
      kafka,
      addresses: [{ host: '127.0.0.1', port: 0 }],
      clock: systemClock,
      logger: silentLogger,
      version: '1.2.3',
      ...options,
    }),
  )
}

function pagesOf({ addresses }: HttpServer) {
  return (path: string, accept = 'text/plain', encoding = 'gzip'): Promise<Response> =>
    fetch(`http://127.0.0.1:${addresses[0]!.port}${path}`, { headers: { accept, 'accept-encoding': encoding } })
}

async function exporter(kafka: Kafka, options: Partial<ExporterOptions> = {}) {
  return pagesOf(await exporterServer(kafka, options))
}

/** As it comes, without unpacking. */
function request({ addresses }: HttpServer, options: RequestOptions) {
  interface Answer {
    readonly status: number
    readonly headers: IncomingHttpHeaders
    readonly body: Buffer
  }
  return new Promise<Answer>((resolve, reject) => {
    const sent = httpRequest({ port: addresses[0]!.port, path: '/metrics', ...options }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () => {
        resolve({ status: response.statusCode!, headers: response.headers, body: Buffer.concat(chunks) })
      })
    })
    sent.on('error', reject)
    sent.end()
  })
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
    expect(await (await get('/readyz')).json()).toMatchObject({ status: 'ok', state: 'ready' })
  })

  test('serves the same page packed and unpacked, and its head without it', async () => {
    const { kafka } = await billing()
    const server = await exporterServer(kafka, { labels: { cluster: 'c1' } })
    const [packed, plain] = [
      await request(server, { headers: { 'accept-encoding': 'gzip' } }),
      await request(server, { headers: {} }),
    ]
    expect([packed.headers['content-encoding'], plain.headers['content-encoding']]).toEqual(['gzip', undefined])
    const about = (text: string) => text.split('\n').filter((line) => /^kafka_consumer/.test(line))
    expect(about(gunzipSync(packed.body).toString())).toEqual(about(plain.body.toString()))
    const { samples } = parsePage(plain.body.toString(), 'prometheus')
    expect(samples.get('kafka_consumer_group_lag{cluster="c1",consumer_group="billing"}')).toBe(2)
    expect(samples.get('kohort_lag_scrape_duration_seconds_count{cluster="c1"}')).toBe(1)
    const head = await request(server, { method: 'HEAD', headers: { 'accept-encoding': 'gzip' } })
    expect([head.status, head.body.length]).toEqual([200, 0])
  })

  test('serves a page of many pieces to a reader that is slow, and to one that goes away', async () => {
    const { kafka, admin } = await startCluster({ topics: { wide: 600 } })
    const offsets = Array.from({ length: 600 }, (_, partition) => ({ topic: 'wide', partition, offset: 0n }))
    for (let i = 0; i < 20; i++) await admin.alterGroupOffsets(`group-${Math.random()}`, offsets)
    const server = await exporterServer(kafka)
    const get = pagesOf(server)
    await pageOf(await get('/metrics'))
    const gone = await get('/metrics', 'text/plain', 'identity')
    await gone.body!.cancel()
    const reader = (await get('/metrics', 'text/plain', 'identity')).body!.getReader()
    const chunks: Uint8Array[] = []
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      chunks.push(part.value)
      await new Promise((resolve) => setImmediate(resolve))
    }
    const { samples } = parsePage(Buffer.concat(chunks).toString(), 'prometheus')
    expect([...samples.keys()].filter((series) => series.startsWith('kafka_consumer_lag{'))).toHaveLength(12_000)
  })

  test('stays where no broker answers yet, says so, and finds the cluster among several servers when it comes', async () => {
    const lines: string[] = []
    const logger = { ...silentLogger, warn: (_: object, line: string) => void lines.push(line) }
    const { broker } = await billing()
    const kafka = atEnd(
      new Kafka({
        bootstrapServers: ['127.0.0.1:1', broker.bootstrapServers].flat(),
        retryBackoffMs: 5,
        reconnectBackoffMs: 5,
      }),
    )
    const down = atEnd(new Kafka({ bootstrapServers: '127.0.0.1:1', retryBackoffMs: 5, reconnectBackoffMs: 5 }))
    const get = await exporter(down, { logger, monitor: { intervalMs: 10, timeoutMs: 100 } })
    const { samples } = await pageOf(await get('/metrics'))
    expect(samples.get('kohort_lag_up')).toBe(0)
    const [health, ready] = [await get('/healthz'), await get('/readyz')]
    expect([health.status, ready.status]).toEqual([200, 200])
    expect(await ready.json()).toMatchObject({
      status: 'ok',
      state: 'blind',
      message: expect.stringMatching(/not known/),
    })
    await waitUntil('some more rounds', async () => {
      const page = await pageOf(await get('/metrics'))
      return page.samples.get('kohort_lag_scrape_duration_seconds_count')! > 5
    })
    // The same failure again and again is one line.
    expect(new Set(lines).size).toBe(lines.length)
    const other = await exporter(kafka)
    expect((await pageOf(await other('/metrics'))).samples.get(lagOf)).toBe(2)
  })

  test('names a limit in the log when it begins to leave groups out', async () => {
    const lines: string[] = []
    const logger = { ...silentLogger, warn: (_: object, line: string) => void lines.push(line) }
    const { kafka } = await billing()
    const get = await exporter(kafka, { logger, maxSeries: 1, monitor: { intervalMs: 10 } })
    await waitUntil('two rounds', async () => {
      const { samples } = await pageOf(await get('/metrics'))
      expect(samples.get('kohort_lag_groups_left_out{limit="series"}')).toBe(1)
      expect(samples.has(lagOf)).toBe(false)
      return samples.get('kohort_lag_scrape_duration_seconds_count')! > 2
    })
    expect(lines).toEqual([
      '1 groups have no series of their partitions: a limit is reached (kohort_lag_groups_left_out)',
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
