import { afterEach, expect, test } from 'vitest'
import { type Broker, isFullRun, startBroker } from '../support/index.ts'
import { Kafka, Load, Reading, string } from './load.ts'

let broker: Broker | undefined
afterEach(() => broker?.stop())

const PARTITIONS = 6
const crashes = ['kill -9', 'SIGTERM', 'kill -9'] as const
const restarts = isFullRun ? [...crashes, ...crashes, ...crashes, ...crashes] : crashes

test('kill -9 and restarts of kohort under load lose, double and reorder nothing, for groups of both protocols', async () => {
  const running = await startBroker({ target: 'kohort' })
  broker = running
  await using kafka = new Kafka({ bootstrapServers: running.bootstrap, clientId: 'load' })
  await kafka.admin().createTopics([{ name: 'load', partitions: PARTITIONS }])
  const protocols = [{ partitionAssignmentStrategy: 'cooperative-sticky' }, { groupProtocol: 'consumer' }] as const
  const consumers = protocols.map((protocol, i) =>
    kafka.consumer({ ...protocol, groupId: `group-${i}`, autoOffsetReset: 'earliest', value: string() }),
  )
  for (const consumer of consumers) consumer.subscribe('load')
  const readings = consumers.map((consumer) => new Reading(consumer, PARTITIONS))
  const load = new Load(kafka.producer(), 'load', PARTITIONS)
  const go = (): Promise<unknown> => Promise.all(readings.map((reading) => reading.more(50)))
  for (const how of restarts) {
    await go()
    await (how === 'kill -9' ? running.kill9() : running.terminate())
    await running.restart()
  }
  await go()
  await load.stop()
  for (const reading of readings) await reading.until(load.counts)
  for (const consumer of consumers) await consumer.close()
  await Promise.all(readings.map(({ done }) => done))
  expect(readings.map(({ complaints }) => complaints)).toEqual([[], []])
  const committed = await kafka.admin().listGroupOffsets(['group-0', 'group-1'])
  for (const offsets of committed.values()) {
    const byPartition = offsets.toSorted((a, b) => a.partition - b.partition)
    expect(byPartition.map(({ offset }) => Number(offset))).toEqual(load.counts)
  }
})
