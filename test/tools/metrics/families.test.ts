import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { LagMonitor, type LagSnapshot } from '../../../src/tools/index.ts'
import {
  type CompatMode,
  downFamilies,
  GroupEventCounts,
  type MetricFamily,
  type PageFamiliesOptions,
  PageWriter,
  pageFamilies,
} from '../../../src/tools/metrics/index.ts'
import { type Page, parsePage } from '../../http/support/exposition.ts'
import { lagFixture } from '../support/lag-fixture.ts'

const { atEnd, startCluster } = lagFixture()

async function pageOf(
  families: readonly MetricFamily[],
  format: 'prometheus' | 'openmetrics' = 'prometheus',
): Promise<Page> {
  const { packed, series, bytes } = await new PageWriter().write(families)
  const text = gunzipSync(Buffer.concat(packed[format])).toString()
  const page = parsePage(text + (format === 'openmetrics' ? '# EOF\n' : ''), format)
  if (format === 'prometheus') expect(text.length).toBe(bytes)
  expect(page.samples.size).toBe(series)
  return page
}

/** A cluster in which every metric has something to tell. */
async function busyCluster(): Promise<LagSnapshot> {
  const { broker, kafka, admin } = await startCluster({ topics: { orders: 3 } })
  await broker.produce(
    'orders',
    Array.from({ length: 10 }, (_, i) => ({ value: `${i}`, partition: 0 })),
  )
  await broker.produce(
    'orders',
    Array.from({ length: 10 }, (_, i) => ({ value: `${i}`, partition: 1 })),
  )
  const commits = [4n, 2n, 9n].map((offset, partition) => ({ topic: 'orders', partition, offset }))
  await admin.alterGroupOffsets('billing', commits)
  await admin.deleteRecords([{ topic: 'orders', partition: 1, beforeOffset: 5n }])
  await admin.alterGroupOffsets('hi"den', commits)
  const consumer = kafka.consumer({ groupId: 'live', groupProtocol: 'consumer', autoOffsetReset: 'latest' })
  consumer.subscribe(['orders'])
  void consumer.poll({ timeoutMs: 60_000 }).catch(() => {})
  await broker.group('live').untilStable()
  const monitor = atEnd(
    new LagMonitor({ admin, topics: 'all', sizes: 'all', includesTopic: (topic) => !topic.startsWith('__') }),
  )
  await monitor.poll()
  // Rates want two looks: the consumer gains on the log.
  await admin.alterGroupOffsets('billing', [{ topic: 'orders', partition: 0, offset: 8n }])
  return await monitor.poll()
}

function eventsOf(): GroupEventCounts {
  const events = new GroupEventCounts()
  const about = { groupId: 'billing', trigger: 'join' }
  events.add({ ...about, type: 'rebalance-started' })
  events.add({ ...about, type: 'rebalance-completed', unowned: [{ ms: 1_500 }, { ms: 500 }] })
  return events
}

const familiesOf = (snapshot: LagSnapshot, options: PageFamiliesOptions = {}) =>
  pageFamilies(snapshot, options).families

const seriesOf = ({ samples }: Page, name: string): readonly string[] =>
  [...samples]
    .filter(([series]) => series.startsWith(`${name}{`))
    .map(([series, value]) => `${series.slice(name.length)} ${value}`)

describe('the metrics of groups', () => {
  test('are what docs/consumer-lag.md says, and have the seed’s names', async () => {
    const snapshot = await busyCluster()
    const page = await pageOf(familiesOf(snapshot, { events: eventsOf() }))
    const text = readFileSync(new URL('../../../docs/consumer-lag.md', import.meta.url), 'utf8')
    const rows = [...text.matchAll(/^\| `(k\w+)` \| (\w+) \|/gm)].map(([, name, type]) => `${name} ${type}`)
    const served = [...page.types].map(([name, type]) => `${name} ${type}`)
    // A group that cannot be read has a test of its own.
    expect(served.sort()).toEqual(rows.filter((row) => !row.startsWith('kafka_consumer_group_unknown')).sort())
    expect(seriesOf(page, 'kafka_consumer_lag')).toEqual([
      '{topic="orders",partition="0",consumer_group="billing"} 2',
      '{topic="orders",partition="1",consumer_group="billing"} 5',
      '{topic="orders",partition="0",consumer_group="hi\\"den"} 6',
      '{topic="orders",partition="1",consumer_group="hi\\"den"} 5',
    ])
    expect(seriesOf(page, 'kafka_consumer_lost_offsets')).toEqual([
      '{topic="orders",partition="1",consumer_group="billing"} 3',
      '{topic="orders",partition="1",consumer_group="hi\\"den"} 3',
    ])
    expect(seriesOf(page, 'kafka_consumer_unknown')).toContain(
      '{topic="orders",partition="2",consumer_group="billing",reason="out-of-range"} 1',
    )
    expect(seriesOf(page, 'kafka_consumer_unknown')).toContain(
      '{topic="orders",partition="0",consumer_group="live",reason="never-committed"} 1',
    )
    expect(seriesOf(page, 'kafka_consumer_group_state')).toContain('{consumer_group="live",state="Stable"} 1')
    expect(seriesOf(page, 'kafka_consumer_group_rebalances_total')).toEqual([
      '{consumer_group="billing",trigger="join"} 1',
    ])
    expect(seriesOf(page, 'kafka_consumer_group_unowned_seconds_total')).toEqual(['{consumer_group="billing"} 2'])
    const open = await pageOf(familiesOf(snapshot, { events: eventsOf() }), 'openmetrics')
    expect(open.samples.size).toBe(page.samples.size)
  })

  test('leave groups out beyond a limit of series, always the same, and say how many', async () => {
    const snapshot = await busyCluster()
    const page = await pageOf(familiesOf(snapshot, { maxSeries: 36 }))
    expect(seriesOf(page, 'kohort_lag_groups_left_out')).toEqual(['{limit="partitions"} 0', '{limit="series"} 2'])
    expect(seriesOf(page, 'kafka_consumer_lag').every((series) => series.includes('billing'))).toBe(true)
    expect(seriesOf(page, 'kafka_consumer_group_lag')).toHaveLength(2)
    const groups = await pageOf(familiesOf(snapshot, { granularity: 'group' }))
    expect(groups.types.has('kafka_consumer_lag')).toBe(false)
    expect(groups.types.has('kafka_consumer_group_lag')).toBe(true)
  })

  test('say why a group is not there', async () => {
    const { broker, admin } = await startCluster({ topics: { orders: 1 } })
    await admin.alterGroupOffsets('billing', [{ topic: 'orders', partition: 0, offset: 0n }])
    broker.fault({ api: 'OffsetFetch', times: 1_000 }).error('GROUP_AUTHORIZATION_FAILED')
    const page = await pageOf(familiesOf(await atEnd(new LagMonitor({ admin })).poll()))
    expect(seriesOf(page, 'kafka_consumer_group_unknown')).toEqual([
      '{consumer_group="billing",reason="Group authorization failed."} 1',
    ])
    expect(page.types.has('kafka_consumer_lag')).toBe(false)
  })
})

/** Name and label names of each series, as the exporters' sources have them. */
const expected: Record<CompatMode, readonly string[]> = {
  kafka_exporter: [
    'kafka_broker_info{address,id}',
    'kafka_brokers',
    'kafka_consumergroup_current_offset_sum{consumergroup,topic}',
    'kafka_consumergroup_current_offset{consumergroup,partition,topic}',
    'kafka_consumergroup_lag_sum{consumergroup,topic}',
    'kafka_consumergroup_lag{consumergroup,partition,topic}',
    'kafka_consumergroup_members{consumergroup}',
    'kafka_topic_partition_current_offset{partition,topic}',
    'kafka_topic_partition_in_sync_replica{partition,topic}',
    'kafka_topic_partition_leader_is_preferred{partition,topic}',
    'kafka_topic_partition_leader{partition,topic}',
    'kafka_topic_partition_oldest_offset{partition,topic}',
    'kafka_topic_partition_replicas{partition,topic}',
    'kafka_topic_partition_under_replicated_partition{partition,topic}',
    'kafka_topic_partitions{topic}',
  ],
  'kafka-lag-exporter': [
    'kafka_consumergroup_group_lag_seconds{client_id,cluster_name,consumer_id,group,member_host,partition,topic}',
    'kafka_consumergroup_group_lag{client_id,cluster_name,consumer_id,group,member_host,partition,topic}',
    'kafka_consumergroup_group_max_lag_seconds{cluster_name,group}',
    'kafka_consumergroup_group_max_lag{cluster_name,group}',
    'kafka_consumergroup_group_offset{client_id,cluster_name,consumer_id,group,member_host,partition,topic}',
    'kafka_consumergroup_group_sum_lag{cluster_name,group}',
    'kafka_consumergroup_group_topic_sum_lag{cluster_name,group,topic}',
    'kafka_consumergroup_poll_time_ms{cluster_name}',
    'kafka_partition_earliest_offset{cluster_name,partition,topic}',
    'kafka_partition_latest_offset{cluster_name,partition,topic}',
  ],
  burrow: [
    'burrow_kafka_consumer_current_offset{cluster,consumer_group,partition,topic}',
    'burrow_kafka_consumer_lag_total{cluster,consumer_group}',
    'burrow_kafka_consumer_partition_lag{cluster,consumer_group,partition,topic}',
    'burrow_kafka_consumer_status{cluster,consumer_group}',
    'burrow_kafka_topic_partition_offset{cluster,partition,topic}',
    'burrow_kafka_topic_partition_status{cluster,consumer_group,partition,topic}',
  ],
  burrow_exporter: [
    'kafka_burrow_partition_current_offset{cluster,group,partition,topic}',
    'kafka_burrow_partition_lag{cluster,group,partition,topic}',
    'kafka_burrow_partition_max_offset{cluster,group,partition,topic}',
    'kafka_burrow_partition_status{cluster,group,partition,topic}',
    'kafka_burrow_status{cluster,group}',
    'kafka_burrow_topic_partition_offset{cluster,partition,topic}',
    'kafka_burrow_total_lag{cluster,group}',
  ],
  kminion: [
    'kminion_exporter_up',
    'kminion_kafka_broker_log_dir_size_total_bytes{address,broker_id,port,rack_id}',
    'kminion_kafka_broker_info{address,broker_id,is_controller,port,rack_id}',
    'kminion_kafka_cluster_info{broker_count,cluster_id,cluster_version,controller_id}',
    'kminion_kafka_consumer_group_empty_members{group_id}',
    'kminion_kafka_consumer_group_info{coordinator_id,group_id,protocol,protocol_type,state}',
    'kminion_kafka_consumer_group_members{group_id}',
    'kminion_kafka_consumer_group_topic_assigned_partitions{group_id,topic_name}',
    'kminion_kafka_consumer_group_topic_lag{group_id,topic_name}',
    'kminion_kafka_consumer_group_topic_members{group_id,topic_name}',
    'kminion_kafka_consumer_group_topic_offset_sum{group_id,topic_name}',
    'kminion_kafka_consumer_group_topic_partition_lag{group_id,partition_id,topic_name}',
    'kminion_kafka_topic_high_water_mark_sum{topic_name}',
    'kminion_kafka_topic_info{cleanup_policy,partition_count,replication_factor,topic_name}',
    'kminion_kafka_topic_log_dir_size_total_bytes{topic_name}',
    'kminion_kafka_topic_low_water_mark_sum{topic_name}',
    'kminion_kafka_topic_partition_high_water_mark{partition_id,topic_name}',
    'kminion_kafka_topic_partition_low_water_mark{partition_id,topic_name}',
  ],
}

describe('names and labels of', () => {
  test.each(Object.keys(expected) as CompatMode[])('%s', async (mode) => {
    const page = await compatPage(mode)
    const shapes = [...page.samples.keys()].filter((series) => !series.startsWith('kohort_')).map(shapeOf)
    expect([...new Set(shapes)].sort()).toEqual([...expected[mode]].sort())
  })

  test('kafka_exporter and kminion come with their values: 1 for what only informs, bytes of all replicas', async () => {
    const kafkaExporter = await compatPage('kafka_exporter')
    const info = [...kafkaExporter.samples].filter(([series]) => series.startsWith('kafka_broker_info{'))
    expect(info.map(([, value]) => value)).toEqual([1])
    const page = await compatPage('kminion')
    expect(
      page.samples.get(
        'kminion_kafka_topic_info{cleanup_policy="delete",partition_count="3",replication_factor="1",topic_name="orders"}',
      ),
    ).toBe(1)
    const bytes = page.samples.get('kminion_kafka_topic_log_dir_size_total_bytes{topic_name="orders"}')
    expect(bytes).toBeGreaterThan(0)
    const ofBroker = [...page.samples].find(([series]) => series.startsWith('kminion_kafka_broker_log_dir_size'))
    expect(ofBroker![1]).toBe(bytes)
    const down = await pageOf(downFamilies('kminion'))
    expect([...down.samples]).toEqual([
      ['kohort_lag_up', 0],
      ['kminion_exporter_up', 0],
    ])
  })

  test('burrow_exporter come with its numbers of a status, one above Burrow’s', async () => {
    const page = await compatPage('burrow_exporter')
    expect(page.samples.get('kafka_burrow_status{cluster="c1",group="billing"}')).toBe(2)
    const place = '{cluster="c1",group="billing",topic="orders",partition="0"}'
    expect(page.samples.get(`kafka_burrow_partition_max_offset${place}`)).toBe(10)
    expect(page.samples.get(`kafka_burrow_partition_lag${place}`)).toBe(2)
  })

  test('another exporter are limited and chosen as kohort’s own are', async () => {
    const snapshot = await busyCluster()
    const limited = pageFamilies(snapshot, { compat: 'burrow', clusterName: 'c1', maxSeries: 9 })
    expect(limited.groupsLeftOut).toBe(2)
    const page = await pageOf(limited.families)
    expect(seriesOf(page, 'burrow_kafka_consumer_status')).toHaveLength(2)
    expect(seriesOf(page, 'burrow_kafka_consumer_partition_lag').every((one) => one.includes('billing'))).toBe(true)
    const groups = await pageOf(
      familiesOf(snapshot, {
        compat: 'kminion',
        granularity: 'group',
        includesMetric: (name) => !/_members$/.test(name),
      }),
    )
    expect(groups.types.has('kminion_kafka_consumer_group_topic_partition_lag')).toBe(false)
    expect(groups.types.has('kminion_kafka_consumer_group_topic_lag')).toBe(true)
    expect(groups.types.has('kminion_kafka_consumer_group_members')).toBe(false)
  })

  test('Burrow come with its numbers, and the cluster with the name it is given', async () => {
    const page = await compatPage('burrow')
    expect(page.samples.get('burrow_kafka_consumer_status{cluster="c1",consumer_group="billing"}')).toBe(1)
    expect(page.samples.get('burrow_kafka_consumer_lag_total{cluster="c1",consumer_group="billing"}')).toBe(7)
  })
})

async function compatPage(mode: CompatMode): Promise<Page> {
  // Some of their gauges are named as counters are.
  const families = familiesOf(await busyCluster(), { compat: mode, clusterName: 'c1' })
  return await pageOf(families)
}

function shapeOf(series: string): string {
  const [name, labels] = series.split('{') as [string, string | undefined]
  if (labels === undefined) return name
  const names = [...labels.matchAll(/(\w+)="(?:[^"\\]|\\.)*"/g)].map(([, label]) => label)
  return `${name}{${names.sort().join(',')}}`
}
