import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { EventLoopDelay } from '../../src/http/metrics/event-loop-delay.ts'
import { Scraper } from '../../src/http/metrics/scrape.ts'
import { systemClock } from '../../src/platform/index.ts'
import * as wire from '../../src/wire/index.ts'
import { waitUntil } from '../interop/support/wait.ts'
import { batchOf } from '../log/support/batches.ts'
import { RawClient } from '../support/raw-client.ts'
import { type Page, parsePage } from './support/exposition.ts'
import { atEnd, HttpFixture } from './support/http-fixture.ts'

async function scrape(http: HttpFixture, format: 'prometheus' | 'openmetrics' = 'prometheus'): Promise<Page> {
  const accept = format === 'openmetrics' ? 'application/openmetrics-text; version=1.0.0' : 'text/plain'
  const response = await http.get('/metrics', { headers: { accept } })
  expect(response.status).toBe(200)
  return parsePage(await response.text(), format)
}

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'kohort-http-'))
  atEnd(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

async function clientOf(http: HttpFixture): Promise<RawClient> {
  const client = await RawClient.connect({ port: http.broker!.listeners[0]!.port })
  atEnd(() => client.close())
  return client
}

async function produce(client: RawClient, topic: string, values: readonly string[]): Promise<void> {
  await client.call(wire.produceRequest, wire.produceResponse, 9, {
    transactionalId: null,
    acks: -1,
    timeoutMs: 1000,
    topicData: [{ name: topic, partitionData: [{ index: 0, records: batchOf(values) }] }],
  })
}

async function consume(client: RawClient, topic: string): Promise<void> {
  await client.call(wire.fetchRequest, wire.fetchResponse, 11, {
    maxWaitMs: 0,
    minBytes: 1,
    topics: [{ topic, partitions: [{ partition: 0, fetchOffset: 0n, partitionMaxBytes: 1_000_000 }] }],
  })
}

async function joinAlone(client: RawClient): Promise<void> {
  await client.call(wire.findCoordinatorRequest, wire.findCoordinatorResponse, 3, { key: 'g' })
  const join = {
    groupId: 'g',
    sessionTimeoutMs: 10_000,
    rebalanceTimeoutMs: 10_000,
    memberId: '',
    protocolType: 'consumer',
    protocols: [{ name: 'range', metadata: Buffer.alloc(0) }],
  }
  const { memberId, generationId } = await waitUntil('a group', async () => {
    const joined = await client.call(wire.joinGroupRequest, wire.joinGroupResponse, 3, join)
    return joined.errorCode === wire.ErrorCode.NONE ? joined : undefined
  })
  const assignments = [{ memberId, assignment: Buffer.alloc(0) }]
  await client.call(wire.syncGroupRequest, wire.syncGroupResponse, 1, {
    groupId: 'g',
    generationId,
    memberId,
    assignments,
  })
}

describe('/metrics', () => {
  test('is well formed in both formats, before the broker is there and when it has worked', async () => {
    const http = await HttpFixture.start({ broker: 'later' })
    for (const format of ['prometheus', 'openmetrics'] as const) {
      const page = await scrape(http, format)
      expect(page.samples.get('kohort_ready')).toBe(0)
      expect(page.samples.get(`kohort_build_info{version="1.2.3",node_version="${process.version}"}`)).toBe(1)
    }
    await http.startBroker({ dataDir: temporaryFolder() })
    const client = await clientOf(http)
    await client.call(wire.metadataRequest, wire.metadataResponse, 9, { topics: [{ name: 'orders' }] })
    await produce(client, 'orders', ['a', 'b'])
    await joinAlone(client)
    const [text, open] = [await scrape(http), await scrape(http, 'openmetrics')]
    // The same families; OpenMetrics names counters without their ending.
    const named = [...text.types].map(([name, type]) => (type === 'counter' ? name.replace(/_total$/, '') : name))
    expect([...open.types.keys()]).toEqual(named)
    expect(open.samples.get('kohort_topic_appended_records_total{topic="orders"}')).toBe(2)
    // And again the first: asking for the one changes nothing in the other.
    expect([...(await scrape(http)).types]).toEqual([...text.types])
  })

  test('counts what clients do', async () => {
    const http = await HttpFixture.start({
      broker: { dataDir: temporaryFolder(), topics: [{ name: 'orders', partitions: 3 }] },
    })
    const client = await clientOf(http)
    const before = await scrape(http)
    for (let i = 0; i < 5; i++) await produce(client, 'orders', ['a', 'b', 'c'])
    await produce(client, 'nowhere', ['a'])
    await consume(client, 'orders')
    await joinAlone(client)
    const after = await scrape(http)
    const grown = (series: string): number => (after.samples.get(series) ?? 0) - (before.samples.get(series) ?? 0)
    const bytes = 5 * batchOf(['a', 'b', 'c']).length
    expect({
      requests: grown('kohort_requests_total{api="Produce",version="9"}'),
      errors: grown('kohort_response_errors_total{api="Produce",error="UNKNOWN_TOPIC_OR_PARTITION"}'),
      durations: grown('kohort_request_duration_seconds_count{api="Produce"}'),
      records: grown('kohort_topic_appended_records_total{topic="orders"}'),
      bytesIn: grown('kohort_topic_appended_bytes_total{topic="orders"}'),
      bytesOut: grown('kohort_topic_fetched_bytes_total{topic="orders"}'),
      sizeBytes: grown('kohort_topic_size_bytes{topic="orders"}'),
      partitions: after.samples.get('kohort_topic_partitions{topic="orders"}'),
      connections: after.samples.get('kohort_connections'),
      rebalances: grown('kohort_group_rebalances_total{protocol="classic",trigger="join"}'),
      groups: grown('kohort_groups{protocol="classic",protocol_type="consumer",state="Stable"}'),
      members: grown('kohort_group_members{protocol="classic",protocol_type="consumer",state="Stable"}'),
      rebalanceDurations: grown('kohort_group_rebalance_duration_seconds_count'),
    }).toEqual({
      requests: 6,
      errors: 1,
      durations: 6,
      records: 15,
      bytesIn: bytes,
      bytesOut: bytes,
      sizeBytes: bytes,
      partitions: 3,
      connections: 1,
      rebalances: 1,
      groups: 1,
      members: 1,
      rebalanceDurations: 1,
    })
    expect(grown('kohort_request_bytes_total{api="Produce"}')).toBeGreaterThan(bytes)
    expect(grown('kohort_response_bytes_total{api="Fetch"}')).toBeGreaterThan(bytes)
    expect(grown('kohort_wal_written_bytes_total')).toBeGreaterThan(bytes)
    expect(grown('kohort_wal_writes_total')).toBeGreaterThan(4)
    expect(grown('kohort_wal_flush_duration_seconds_count')).toBeGreaterThan(4)
    expect(after.samples.get('kohort_tail_memory_bytes')).toBeGreaterThan(0)
  })

  test('has one set of series a topic, whatever the number of its partitions', async () => {
    const http = await HttpFixture.start({ broker: { topics: [{ name: 'wide', partitions: 5_000 }] } })
    const page = await scrape(http)
    expect([...page.samples.keys()].filter((series) => series.includes('"wide"'))).toHaveLength(6)
    expect(page.samples.get('kohort_topic_partitions{topic="wide"}')).toBe(5_000)
    expect(page.samples.size).toBeLessThan(500)
  })

  test('asked for by several at once is written once', async () => {
    const eventLoopDelay = new EventLoopDelay(systemClock)
    atEnd(() => eventLoopDelay.stop())
    const observed = { broker: undefined, isStopping: false }
    const scraper = new Scraper({ observed, eventLoopDelay, version: '1.2.3' })
    const first = scraper.scrape('prometheus')
    expect(scraper.scrape('prometheus')).toBe(first)
    expect(scraper.scrape('openmetrics')).not.toBe(first)
    await first
    expect(scraper.scrape('prometheus')).not.toBe(first)
  })

  test('is what docs/metrics.md says', async () => {
    const http = await HttpFixture.start({ broker: { dataDir: temporaryFolder() } })
    const { types, samples } = await scrape(http)
    const text = readFileSync(new URL('../../docs/metrics.md', import.meta.url), 'utf8')
    const rows = [...text.matchAll(/^\| `(kohort_\w+)` \| (\w+) \|/gm)].map(([, name, type]) => `${name} ${type}`)
    const served = [...types].filter(([name]) => name.startsWith('kohort_')).map(([name, type]) => `${name} ${type}`)
    expect(rows.sort()).toEqual(served.sort())
    expect(samples.get('kohort_volume_size_bytes')).toBeGreaterThan(samples.get('kohort_volume_free_bytes')!)
    // What the page says of prom-client's own.
    for (const name of types.keys()) {
      if (!name.startsWith('kohort_'))
        expect(text).toMatch(new RegExp(name.replace(/^(nodejs_heap_).*/, '$1').replace(/_(user|system)_/, '_')))
    }
    // Every metric that a query of the page names is there.
    for (const [name] of text.matchAll(/\bkohort_\w+/g)) {
      expect(types.has(name.replace(/_bucket$/, '')), name).toBe(true)
    }
  })
})
