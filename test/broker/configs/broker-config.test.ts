import assert from 'node:assert/strict'
import { describe, expectTypeOf, test } from 'vitest'
import {
  BrokerConfig,
  brokerConfigDefinitions,
  kohortDefaults,
  type TopicConfig,
  topicConfigDefinitions,
  validateConfigValue,
} from '../../../src/broker/configs/index.ts'
import type { LogConfig } from '../../../src/log/index.ts'

const none: ReadonlyMap<string, string> = new Map()

function config(properties: Record<string, string> = {}): BrokerConfig {
  return new BrokerConfig({ static: new Map(Object.entries(properties)) })
}

function map(properties: Record<string, string>): ReadonlyMap<string, string> {
  return new Map(Object.entries(properties))
}

describe('broker configs', () => {
  test('have defaults of Kafka, but for a short table', () => {
    const different = [...brokerConfigDefinitions().values()].filter(
      ({ defaultValue, kafkaDefault }) => defaultValue !== kafkaDefault,
    )
    assert.deepEqual(different.map(({ name }) => name).sort(), [...kohortDefaults.keys()].sort())
    assert.equal(config().values.groupInitialRebalanceDelayMs, 100)
    assert.equal(new BrokerConfig({ static: none, defaults: 'kafka' }).values.groupInitialRebalanceDelayMs, 3000)
  })

  test('have defaults that are valid', () => {
    for (const definition of [...brokerConfigDefinitions().values(), ...topicConfigDefinitions().values()]) {
      if (definition.defaultValue === null) continue
      assert.deepEqual(validateConfigValue(definition, definition.defaultValue).ok, true, definition.name)
    }
  })

  test('are parsed once, for the code that goes by them', () => {
    const { values } = config({ 'offsets.retention.minutes': '10', 'broker.id': '3', 'log.dir': '/data' })
    assert.equal(values.offsetsRetentionMinutes, 10)
    assert.equal(values.nodeId, 3)
    assert.deepEqual(values.logDirs, ['/data'])
    assert.equal(values.autoCreateTopicsEnable, true)
    assert.equal(values.brokerRack, null)
    assert.equal(values.logFlushIntervalMs, null)
    assert.equal(values.socketRequestMaxBytes, 104_857_600)
  })

  test('tell which of them have changed, and what they were before that is gone', () => {
    const broker = config({ 'log.retention.hours': '1' })
    const changes: string[][] = []
    const stop = broker.onChange((changed) => changes.push([...changed].sort()))
    assert.equal(broker.topicConfig(none).retentionMs, 3_600_000)

    broker.setDynamic('default', map({ 'log.retention.ms': '5000', 'message.max.bytes': '100' }))
    assert.equal(broker.topicConfig(none).retentionMs, 5000)
    assert.equal(broker.topicConfig(none).maxMessageBytes, 100)

    broker.setDynamic('broker', map({ 'log.retention.ms': '7000' }))
    assert.equal(broker.topicConfig(none).retentionMs, 7000)
    broker.setDynamic('broker', map({ 'log.retention.ms': '7000' }))

    broker.setDynamic('broker', none)
    broker.setDynamic('default', none)
    assert.equal(broker.topicConfig(none).retentionMs, 3_600_000)
    assert.deepEqual(changes, [
      ['log.retention.hours', 'log.retention.ms', 'message.max.bytes'],
      ['log.retention.ms'],
      ['log.retention.ms'],
      ['log.retention.hours', 'log.retention.ms', 'message.max.bytes'],
    ])

    stop()
    broker.setDynamic('default', map({ 'message.max.bytes': '100' }))
    assert.equal(changes.length, 4)
  })

  test('that cannot be read, as another release has stored them, count as not set', () => {
    const broker = config()
    broker.setDynamic('default', map({ 'message.max.bytes': 'many', 'log.retention.ms': '5' }))
    assert.equal(broker.topicConfig(none).maxMessageBytes, 1_048_588)
    assert.equal(broker.topicConfig(map({ 'segment.ms': 'week' })).segmentMs, 604_800_000)
  })
})

describe("a topic's configs", () => {
  test('are its own over those of the broker', () => {
    const broker = config({ 'log.segment.bytes': '2000000', 'log.roll.hours': '1', 'log.retention.minutes': '-3' })
    const topic = broker.topicConfig(map({ 'cleanup.policy': 'compact, delete', 'segment.bytes': '3000000' }))
    assert.deepEqual(topic.cleanupPolicy, ['compact', 'delete'])
    assert.equal(topic.segmentBytes, 3_000_000)
    assert.equal(topic.segmentMs, 3_600_000)
    assert.equal(topic.retentionMs, -1)
    assert.equal(broker.topicConfig(none).segmentBytes, 2_000_000)
    assert.equal(topic.maxCompactionLagMs, 2 ** 63)
    assert.equal(topic.minCleanableDirtyRatio, 0.5)
    assert.equal(topic.compressionType, 'producer')
    assert.equal(topic.preallocate, false)
  })

  test('are all there', () => {
    for (const [name, value] of Object.entries(config().topicConfig(none)))
      assert.ok(value !== undefined && value !== null, name)
  })

  test('can go below the smallest segment for tests, as in Kafka', () => {
    assert.equal(config().topicConfig(map({ 'internal.segment.bytes': '100' })).segmentBytes, 100)
  })

  test('are the same object for the same overrides until the broker has changed', () => {
    const broker = config()
    const overrides = map({ 'retention.ms': '1' })
    const before = broker.topicConfig(overrides)
    assert.equal(broker.topicConfig(overrides), before)
    broker.setDynamic('broker', map({ 'message.max.bytes': '5' }))
    assert.notEqual(broker.topicConfig(overrides), before)
    assert.equal(broker.topicConfig(overrides).maxMessageBytes, 5)
  })

  test('have all that a log wants to know', () => {
    expectTypeOf<TopicConfig>().toExtend<LogConfig>()
  })
})
