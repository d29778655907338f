import assert from 'node:assert/strict'
import { afterEach, describe, test } from 'vitest'
import { advertisedAddress, clientHostOf } from '../../../src/broker/server/broker-connection.ts'
import { Dispatcher } from '../../../src/broker/server/dispatcher.ts'
import { serve } from '../../../src/broker/server/served-api.ts'
import { RequestServer } from '../../../src/net/index.ts'
import { type Logger, silentLogger, systemClock } from '../../../src/platform/index.ts'
import * as wire from '../../../src/wire/index.ts'
import { RawClient } from '../../support/raw-client.ts'
import { TestBroker } from './support/test-broker.ts'

const ends: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

describe('a handler that fails', () => {
  async function clientOf(lines: string[]): Promise<RawClient> {
    const fails = (): never => {
      throw new Error('a bug')
    }
    const apis = new Map([
      serve(wire.heartbeatRequest, wire.heartbeatResponse, { min: 0, max: 4 }, fails),
      serve(wire.listOffsetsRequest, wire.listOffsetsResponse, { min: 1, max: 11 }, async () => fails()),
      serve(
        wire.leaveGroupRequest,
        wire.leaveGroupResponse,
        { min: 0, max: 5 },
        () => ({ errorCode: 70_000 }) as never,
      ),
    ])
    const logger: Logger = { ...silentLogger, error: (_, message) => lines.push(message) }
    const { broker } = new TestBroker({ logger })
    const dispatcher = new Dispatcher(broker, apis)
    const onRequest: ConstructorParameters<typeof RequestServer>[0]['onRequest'] = (frame, slot) => {
      dispatcher.dispatch(frame, slot)
    }
    const server = new RequestServer({ clock: systemClock, logger, onRequest })
    ends.push(() => server.close(0))
    const { port } = await server.listen({ host: '127.0.0.1', port: 0 })
    const client = await RawClient.connect({ port })
    ends.push(() => client.close())
    return client
  }

  test('is answered UNKNOWN_SERVER_ERROR where the answer has a place for it', async () => {
    const lines: string[] = []
    const client = await clientOf(lines)
    const heartbeat = { groupId: 'g', generationId: 1, memberId: 'm' }
    for (const version of [0, 1, 4]) {
      const answer = await client.call(wire.heartbeatRequest, wire.heartbeatResponse, version, heartbeat)
      assert.equal(wire.errorName(answer.errorCode), 'UNKNOWN_SERVER_ERROR')
    }
    const left = await client.call(wire.leaveGroupRequest, wire.leaveGroupResponse, 1, { groupId: 'g', memberId: 'm' })
    assert.equal(wire.errorName(left.errorCode), 'UNKNOWN_SERVER_ERROR')
    assert.equal(lines.length, 4)
  })

  test('ends the connection otherwise', async () => {
    const lines: string[] = []
    const client = await clientOf(lines)
    client.send(wire.listOffsetsRequest, 5, { replicaId: -1, topics: [] })
    assert.equal(await client.nextFrame(), undefined)
    assert.equal(lines.length, 1)
  })
})

describe('addresses', () => {
  test('of clients are printed as Java prints them', () => {
    assert.equal(clientHostOf('127.0.0.1'), '/127.0.0.1')
    assert.equal(clientHostOf('::1'), '/0:0:0:0:0:0:0:1')
    assert.equal(clientHostOf('fe80::1:2%eth0'), '/fe80:0:0:0:0:0:1:2%eth0')
    assert.equal(clientHostOf('2001:db8:1:2:3:4:5:6'), '/2001:db8:1:2:3:4:5:6')
    assert.equal(clientHostOf('::'), '/0:0:0:0:0:0:0:0')
  })

  test('that clients are told are those advertised, those bound, or under a wildcard those reached', () => {
    const at = { localAddress: '10.0.0.7', localPort: 9092 }
    const listener = { host: '0.0.0.0', port: 9092, advertised: undefined }
    assert.deepEqual(advertisedAddress({ ...at, listener }), { host: '10.0.0.7', port: 9092 })
    assert.deepEqual(advertisedAddress({ ...at, listener: { ...listener, host: 'localhost' } }), {
      host: 'localhost',
      port: 9092,
    })
    const advertised = { host: 'kafka.example', port: 19092 }
    assert.deepEqual(advertisedAddress({ ...at, listener: { ...listener, advertised } }), advertised)
  })
})

describe('ApiVersions', () => {
  /** What Apache Kafka 4.2 advertises: [lowest, highest] by key. */
  const kafka: Readonly<Record<number, readonly [number, number]>> = {
    0: [0, 13],
    1: [4, 18],
    2: [1, 11],
    3: [0, 13],
    8: [2, 10],
    9: [1, 10],
    10: [0, 6],
    11: [0, 9],
    12: [0, 4],
    13: [0, 5],
    14: [0, 5],
    15: [0, 6],
    16: [0, 5],
    17: [0, 1],
    18: [0, 4],
    19: [2, 7],
    20: [1, 6],
    21: [0, 2],
    22: [0, 5],
    23: [2, 4],
    24: [0, 5],
    25: [0, 4],
    26: [0, 5],
    27: [1, 2],
    28: [0, 5],
    29: [1, 3],
    30: [1, 3],
    31: [1, 3],
    32: [1, 4],
    33: [0, 2],
    34: [1, 2],
    35: [1, 4],
    36: [0, 2],
    37: [0, 3],
    38: [1, 3],
    39: [1, 2],
    40: [1, 2],
    41: [1, 3],
    42: [0, 2],
    43: [0, 2],
    44: [0, 1],
    45: [0, 1],
    46: [0, 0],
    47: [0, 0],
    48: [0, 1],
    49: [0, 1],
    50: [0, 0],
    51: [0, 0],
    55: [0, 2],
    57: [0, 2],
    60: [0, 2],
    61: [0, 0],
    64: [0, 0],
    65: [0, 0],
    66: [0, 2],
    68: [0, 1],
    69: [0, 1],
    74: [0, 1],
    75: [0, 0],
    76: [1, 1],
    77: [1, 1],
    78: [1, 2],
    79: [1, 2],
    80: [0, 1],
    81: [0, 0],
    83: [0, 0],
    84: [0, 0],
    85: [0, 1],
    86: [0, 0],
    87: [0, 1],
    88: [0, 0],
    89: [0, 0],
    90: [0, 1],
    91: [0, 0],
    92: [0, 0],
  }

  test('advertises the ranges of Apache Kafka 4.2, and finalizes no feature that is not served', async () => {
    const broker = await new TestBroker().start()
    ends.push(() => broker.stop())
    const client = await RawClient.connect({ port: broker.port })
    ends.push(() => client.close())
    const software = { clientSoftwareName: 'test', clientSoftwareVersion: '1.0' }
    for (let version = 0; version <= 4; version++) {
      const answer = await client.call(wire.apiVersionsRequest, wire.apiVersionsResponse, version, software)
      assert.equal(answer.errorCode, 0)
      const keys = answer.apiKeys.map(({ apiKey }) => apiKey)
      assert.deepEqual(
        keys,
        keys.toSorted((a, b) => a - b),
      )
      for (const { apiKey, minVersion, maxVersion } of answer.apiKeys) {
        assert.deepEqual([minVersion, maxVersion], kafka[apiKey], `API key ${apiKey}`)
      }
      assert.ok([0, 1, 2, 18, 21, 22, 23, 61].every((key) => keys.includes(key)))
      const finalized = version < 3 ? [] : ['group.version', 'metadata.version']
      assert.deepEqual(
        answer.finalizedFeatures.map(({ name }) => name),
        finalized,
      )
    }
  })
})
