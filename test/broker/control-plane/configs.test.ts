import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import * as wire from '../../../src/wire/index.ts'
import { RawClient } from '../../support/raw-client.ts'
import { START_TIMEOUT_MS, startTarget, type TestTarget, targets, until } from './support/target.ts'

const { ErrorCode } = wire
const TOPIC = 2
const BROKER = 4
const CLIENT_METRICS = 16
const GROUP = 32
const SET = 0
const DELETE = 1
const APPEND = 2
const SUBTRACT = 3

describe.each(targets)('configs on %s', (name) => {
  let target: TestTarget
  beforeAll(async () => {
    target = await startTarget(name)
    await target.createTopics({ t0: 1, t1: 1, t2: 1, t3: 1, lists: 1, legacy: 1 })
  }, START_TIMEOUT_MS)
  afterAll(() => target.stop())

  type Operation = readonly [name: string, operation: number, value: string | null]
  const resource = (resourceType: number, resourceName: string, ...operations: Operation[]) => ({
    resourceType,
    resourceName,
    configs: operations.map(([config, configOperation, value]) => ({ name: config, configOperation, value })),
  })
  const alter = async (resources: readonly ReturnType<typeof resource>[], validateOnly = false) => {
    const body = { resources, validateOnly }
    const { responses } = await target.call(
      wire.incrementalAlterConfigsRequest,
      wire.incrementalAlterConfigsResponse,
      1,
      body,
    )
    return responses.map(({ errorCode, errorMessage }) => [wire.errorName(errorCode), errorMessage])
  }
  const replace = async (
    resourceType: number,
    resourceName: string,
    configs: Readonly<Record<string, string | null>>,
  ) => {
    const rows = Object.entries(configs).map(([config, value]) => ({ name: config, value }))
    const body = { resources: [{ resourceType, resourceName, configs: rows }], validateOnly: false }
    const { responses } = await target.call(wire.alterConfigsRequest, wire.alterConfigsResponse, 2, body)
    return responses.map(({ errorCode, errorMessage }) => [wire.errorName(errorCode), errorMessage])
  }
  const describeOne = async (resourceType: number, resourceName: string, ...keys: string[]) => {
    const body = {
      resources: [{ resourceType, resourceName, configurationKeys: keys.length === 0 ? null : keys }],
      includeSynonyms: true,
    }
    const { results } = await target.call(wire.describeConfigsRequest, wire.describeConfigsResponse, 4, body)
    return results[0]!
  }
  const value = async (topic: string, config: string) => {
    const { configs } = await describeOne(TOPIC, topic, config)
    return [configs[0]!.value, configs[0]!.configSource]
  }
  const becomes = (topic: string, config: string, expected: readonly [string, number]) =>
    until(async () => String(await value(topic, config)) === String(expected))
  const OK = ['NONE', null]

  test('a topic config is set, shown with its source, and deleted', async () => {
    expect(await alter([resource(TOPIC, 't0', ['retention.ms', SET, '77'])])).toEqual([OK])
    await becomes('t0', 'retention.ms', ['77', 1])
    expect(await alter([resource(TOPIC, 't0', ['retention.ms', DELETE, null])])).toEqual([OK])
    await becomes('t0', 'retention.ms', ['604800000', 5])
  })

  test('lists are appended to and subtracted from', async () => {
    expect(await alter([resource(TOPIC, 'lists', ['cleanup.policy', APPEND, 'compact'])])).toEqual([OK])
    await becomes('lists', 'cleanup.policy', ['delete,compact', 1])
    expect(await alter([resource(TOPIC, 'lists', ['cleanup.policy', SUBTRACT, 'delete'])])).toEqual([OK])
    await becomes('lists', 'cleanup.policy', ['compact', 1])
  })

  test.each([
    [
      [['retention.ms', APPEND, '1']],
      'INVALID_CONFIG',
      "Can't APPEND to key retention.ms because its type is not LIST.",
    ],
    [[['retention.ms', SET, null]], 'INVALID_REQUEST', 'Null value not supported for : retention.ms'],
    [[['nope', SET, '1']], 'INVALID_CONFIG', 'Unknown topic config name: nope'],
    [
      [['retention.ms', SET, 'x']],
      'INVALID_CONFIG',
      'Invalid value x for configuration retention.ms: Not a number of type LONG',
    ],
    [
      [
        ['retention.ms', SET, '1'],
        ['retention.ms', SET, '2'],
      ],
      'INVALID_REQUEST',
      'Error due to duplicate config keys',
    ],
  ] as [Operation[], string, string][])('%j is refused: %s', async (operations, error, message) => {
    expect(await alter([resource(TOPIC, 't1', ...operations)])).toEqual([[error, message]])
  })

  test('each resource is judged alone, but none may come twice', async () => {
    const bad = resource(TOPIC, 't1', ['retention.ms', SET, 'x'])
    const good = resource(TOPIC, 't2', ['retention.ms', SET, '5'])
    const message = 'Invalid value x for configuration retention.ms: Not a number of type LONG'
    const results = await alter([bad, good])
    expect(results).toContainEqual(['INVALID_CONFIG', message])
    expect(results).toContainEqual(OK)
    const twice = ['INVALID_REQUEST', 'Each resource must appear at most once.']
    expect(await alter([good, resource(TOPIC, 't2', ['segment.ms', SET, '5'])])).toEqual([twice, twice])
  })

  test('validate_only changes nothing', async () => {
    expect(await alter([resource(TOPIC, 't3', ['retention.ms', SET, '9'])], true)).toEqual([OK])
    expect(await value('t3', 'retention.ms')).toEqual(['604800000', 5])
  })

  test.each([
    ['missing', 'UNKNOWN_TOPIC_OR_PARTITION', "The topic 'missing' does not exist."],
    ['', 'INVALID_REQUEST', 'Default topic resources are not allowed.'],
    [
      'bad name',
      'INVALID_TOPIC_EXCEPTION',
      "Topic name is invalid: 'bad name' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'",
    ],
  ])('configs of the topic %j cannot be set', async (topic, error, message) => {
    expect(await alter([resource(TOPIC, topic, ['retention.ms', SET, '1'])])).toEqual([[error, message]])
  })

  test('AlterConfigs replaces all overrides', async () => {
    expect(await replace(TOPIC, 'legacy', { 'retention.ms': '5', 'segment.ms': '6' })).toEqual([OK])
    await becomes('legacy', 'segment.ms', ['6', 1])
    expect(await replace(TOPIC, 'legacy', { 'retention.ms': '7' })).toEqual([OK])
    await becomes('legacy', 'segment.ms', ['604800000', 5])
    await becomes('legacy', 'retention.ms', ['7', 1])
    expect(await replace(1, 'x', { a: 'b' })).toEqual([['INVALID_REQUEST', 'Unknown resource type 1']])
  })

  test('a dynamic broker config shows through to topics, this broker before all brokers', async () => {
    expect(await alter([resource(BROKER, '', ['message.max.bytes', SET, '3000'])])).toEqual([OK])
    await becomes('t3', 'max.message.bytes', ['3000', 3])
    expect(await alter([resource(BROKER, '1', ['message.max.bytes', SET, '2000'])])).toEqual([OK])
    await becomes('t3', 'max.message.bytes', ['2000', 2])
    const { configs } = await describeOne(BROKER, '1', 'message.max.bytes')
    expect(configs[0]!.synonyms).toEqual([
      { name: 'message.max.bytes', value: '2000', source: 2 },
      { name: 'message.max.bytes', value: '3000', source: 3 },
      { name: 'message.max.bytes', value: '1048588', source: 5 },
    ])
    await alter([resource(BROKER, '1', ['message.max.bytes', DELETE, null])])
    await alter([resource(BROKER, '', ['message.max.bytes', DELETE, null])])
    await becomes('t3', 'max.message.bytes', ['1048588', 5])
  })

  test.each([
    ['1', 'num.partitions', 'INVALID_REQUEST', 'Cannot update these configs dynamically: Set(num.partitions)'],
    ['7', 'message.max.bytes', 'INVALID_REQUEST', 'Unexpected broker id, expected 1, but received 7'],
    ['x', 'message.max.bytes', 'INVALID_REQUEST', 'Node id must be an integer, but it is: x'],
  ])('broker %s: %s cannot be set', async (broker, config, error, message) => {
    expect(await alter([resource(BROKER, broker, [config, SET, '3'])])).toEqual([[error, message]])
  })

  test('configs of a group are kept and listed, and the group still is when it has none any more', async () => {
    const config = 'consumer.session.timeout.ms'
    expect(await alter([resource(GROUP, 'g', [config, SET, '50000'])])).toEqual([OK])
    await until(async () => (await describeOne(GROUP, 'g', config)).configs[0]!.configSource === 8)
    const { configs } = await describeOne(GROUP, 'g', config)
    expect(configs).toMatchObject([{ value: '50000', synonyms: [{ name: config, value: '50000', source: 8 }] }])
    expect(await list(1, GROUP)).toEqual([{ resourceName: 'g', resourceType: GROUP }])
    expect(await alter([resource(GROUP, 'g', [config, DELETE, null])])).toEqual([OK])
    await until(async () => (await describeOne(GROUP, 'g', config)).configs[0]!.configSource === 5)
    expect(await list(1, GROUP)).toEqual([{ resourceName: 'g', resourceType: GROUP }])
  })

  test('client metrics subscriptions are what version 0 lists', async () => {
    expect(await alter([resource(CLIENT_METRICS, 'cm', ['interval.ms', SET, '100'])])).toEqual([OK])
    await until(async () => (await list(0)).length === 1)
    expect(await list(0)).toEqual([{ resourceName: 'cm', resourceType: CLIENT_METRICS }])
    expect(await list(1, CLIENT_METRICS)).toEqual([{ resourceName: 'cm', resourceType: CLIENT_METRICS }])
    expect(await alter([resource(CLIENT_METRICS, 'cm', ['interval.ms', DELETE, null])])).toEqual([OK])
    await until(async () => (await list(0)).length === 0)
  })

  test('ListConfigResources refuses types that it does not know', async () => {
    const body = { resourceTypes: [99] }
    const answer = await target.call(wire.listConfigResourcesRequest, wire.listConfigResourcesResponse, 1, body)
    expect(answer).toMatchObject({ errorCode: ErrorCode.UNSUPPORTED_VERSION, configResources: [] })
  })

  test.each([
    [TOPIC, 'missing', 'UNKNOWN_TOPIC_OR_PARTITION', ''],
    [BROKER, '2', 'INVALID_REQUEST', 'Unexpected broker id, expected 1 or empty string, but received 2'],
    [BROKER, 'x', 'INVALID_REQUEST', 'Broker id must be an integer, but it is: x'],
    [GROUP, '', 'INVALID_REQUEST', 'Group name must not be empty'],
    [1, 'x', 'INVALID_REQUEST', wire.errorMessage('INVALID_REQUEST')],
  ] as const)('DescribeConfigs of type %i, name %j is %s', async (type, resourceName, error, errorMessage) => {
    const expected = { errorCode: ErrorCode[error], errorMessage, resourceType: type, resourceName, configs: [] }
    expect(await describeOne(type, resourceName)).toEqual(expected)
  })

  test('names that do not exist are passed over', async () => {
    const { configs } = await describeOne(TOPIC, 't3', 'nope', 'segment.bytes')
    expect(configs.map((config) => config.name)).toEqual(['segment.bytes'])
  })

  async function list(version: number, ...resourceTypes: number[]) {
    const body = version === 0 ? {} : { resourceTypes }
    const { configResources } = await target.call(
      wire.listConfigResourcesRequest,
      wire.listConfigResourcesResponse,
      version,
      body,
    )
    return configResources
  }
})

describe('configs on kohort alone', () => {
  test('max.connections.per.ip takes effect while the broker runs', async () => {
    const target = await startTarget('kohort')
    const { responses } = await target.call(
      wire.incrementalAlterConfigsRequest,
      wire.incrementalAlterConfigsResponse,
      1,
      {
        resources: [
          {
            resourceType: BROKER,
            resourceName: '',
            configs: [{ name: 'max.connections.per.ip', configOperation: SET, value: '1' }],
          },
        ],
        validateOnly: false,
      },
    )
    expect(responses[0]!.errorMessage).toBeNull()
    const second = await RawClient.connect({ port: target.port })
    await second.ended()
    second.close()
    await target.stop()
  })
})
