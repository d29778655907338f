import { once } from 'node:events'
import type { Socket } from 'node:net'
import { type Duplex, PassThrough } from 'node:stream'
import { describe, expect, test } from 'vitest'
import manifest from '../../../package.json' with { type: 'json' }
import { Connection } from '../../../src/client/connection/connection.ts'
import {
  type Address,
  type ConnectionSettings,
  defaultConnectionSettings,
} from '../../../src/client/connection/connection-settings.ts'
import { KafkaError } from '../../../src/client/kafka-error.ts'
import { clientSoftwareVersion } from '../../../src/client/version.ts'
import { holdingSystemClock, silentLogger } from '../../../src/platform/index.ts'
import { startTestBroker } from '../../../src/testing/index.ts'
import { ApiKey, apis, ErrorCode } from '../../../src/wire/index.ts'
import { afterHandshake, apiVersions, oneNode, ScriptedServer } from '../support/scripted-server.ts'

function open(address: Address, settings: Partial<ConnectionSettings> = {}, signal = new AbortController().signal) {
  return Connection.open({
    address,
    settings: { ...defaultConnectionSettings, clientId: 'test', ...settings },
    clock: holdingSystemClock,
    logger: silentLogger,
    signal,
  })
}

const metadata = { topics: [] }
const closed = new KafkaError('CLOSED', 'the test is over')

describe('the handshake', () => {
  test('tells the broker who we are, and learns its versions', async () => {
    const broker = await startTestBroker()
    const connection = await open(broker.listeners[0]!)
    expect(connection.range(ApiKey.Metadata)).toMatchObject({ max: 13 })
    const answer = await connection.send(apis.Metadata, 12, metadata)
    expect(answer.brokers.map(({ nodeId }) => nodeId)).toEqual([1])
    connection.close(closed)
    await broker.close()
  })

  test('falls back to the version that an old broker names (KIP-511)', async () => {
    await using server = await ScriptedServer.start(({ version, socket, correlationId }) => {
      if (version <= 2) return apiVersions()
      const answer = Buffer.alloc(4 + 4 + 2 + 4 + 6)
      answer.writeInt32BE(answer.length - 4, 0)
      answer.writeInt32BE(correlationId, 4)
      answer.writeInt16BE(ErrorCode.UNSUPPORTED_VERSION, 8)
      answer.writeInt32BE(1, 10)
      answer.writeInt16BE(ApiKey.ApiVersions, 14)
      answer.writeInt16BE(0, 16)
      answer.writeInt16BE(2, 18)
      socket.write(answer)
      return undefined
    })
    const connection = await open(server.address)
    expect(server.requests.map(({ version }) => version)).toEqual([4, 2])
    connection.close(closed)
  })

  test('falls back to version 0 where an older broker names none', async () => {
    await using server = await ScriptedServer.start(({ version, socket, correlationId }) => {
      if (version === 0) return apiVersions()
      const answer = Buffer.alloc(4 + 4 + 2 + 4)
      answer.writeInt32BE(answer.length - 4, 0)
      answer.writeInt32BE(correlationId, 4)
      answer.writeInt16BE(ErrorCode.UNSUPPORTED_VERSION, 8)
      socket.write(answer)
      return undefined
    })
    const connection = await open(server.address)
    expect(server.requests.map(({ version }) => version)).toEqual([4, 0])
    connection.close(closed)
  })

  test('gives the version of the package', () => {
    expect(clientSoftwareVersion).toBe(manifest.version)
  })

  test('says that a listener may expect TLS when it hangs up', async () => {
    await using server = await ScriptedServer.start(({ socket }) => void socket.destroy())
    await expect(open(server.address)).rejects.toMatchObject({
      code: 'CONNECTION_CLOSED',
      kind: 'retriable',
      message: expect.stringContaining('expect TLS?') as string,
    })
  })

  test.each([
    ['TLS', Buffer.from('150303000202 46'.replace(' ', ''), 'hex'), 'set securityProtocol to SSL'],
    ['HTTP', Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'), "does not speak Kafka's protocol"],
  ])('sees that the peer speaks %s', async (_, bytes, words) => {
    const answer = (socket: Socket): boolean => {
      socket.once('data', () => socket.write(bytes))
      return false
    }
    await using server = await ScriptedServer.start(() => undefined, { onSocket: answer })
    await expect(open(server.address)).rejects.toMatchObject({
      code: 'MALFORMED_ANSWER',
      kind: 'invalid',
      message: expect.stringContaining(words) as string,
    })
  })

  test('gives up on a peer that takes connections and says nothing', async () => {
    await using server = await ScriptedServer.start(() => undefined)
    await expect(open(server.address, { requestTimeoutMs: 30 })).rejects.toMatchObject({ code: 'TIMEOUT' })
  })

  test('names the port that refuses connections', async () => {
    const server = await ScriptedServer.start(() => undefined)
    const { address } = server
    await server.close()
    await expect(open(address)).rejects.toMatchObject({
      code: 'CONNECTION_CLOSED',
      message: `127.0.0.1:${address.port} refuses connections (ECONNREFUSED)`,
    })
  })

  test('says which name cannot be resolved', async () => {
    await expect(open({ host: 'no.such.host.invalid', port: 1 })).rejects.toMatchObject({
      code: 'CONNECTION_CLOSED',
      message: expect.stringContaining('no.such.host.invalid cannot be resolved') as string,
    })
  })

  test('tries every address that a name has', async () => {
    // Of localhost's addresses the server has one only.
    await using server = await ScriptedServer.start(afterHandshake(() => undefined))
    const connection = await open({ host: 'localhost', port: server.port })
    expect(connection.closed).toBeUndefined()
    connection.close(closed)
  })

  test('ends when it is not wanted any more', async () => {
    await using server = await ScriptedServer.start(() => undefined)
    const controller = new AbortController()
    const opening = open(server.address, {}, controller.signal)
    await server.until(() => server.requests.length === 1)
    controller.abort(closed)
    await expect(opening).rejects.toBe(closed)
  })

  test('goes through the stream that a hook makes', async () => {
    const { connect } = await import('node:net')
    await using server = await ScriptedServer.start(afterHandshake(() => oneNode({ host: 'far', port: 1 })))
    const asked: unknown[] = []
    const connection = await open(
      { host: 'kafka.internal', port: 9092 },
      {
        connect: ({ host, port }) => {
          asked.push([host, port])
          return connect(server.address)
        },
      },
    )
    const { brokers } = await connection.send(apis.Metadata, 9, metadata)
    expect([asked, brokers[0]!.host]).toEqual([[['kafka.internal', 9092]], 'far'])
    connection.close(closed)
  })
})

describe('an application that does not answer', () => {
  const never = () => new Promise<never>(() => {})

  test('with a stream holds up one attempt to connect, and what comes later is destroyed', async () => {
    const late = new PassThrough()
    const signals: AbortSignal[] = []
    let give = (_: Duplex): void => {}
    const opening = open(
      { host: 'kafka.internal', port: 9092 },
      {
        setupTimeout: { initialMs: 10, maxMs: 10 },
        connect: ({ signal }) => {
          signals.push(signal)
          return new Promise((resolve) => {
            give = resolve
          })
        },
      },
    )
    await expect(opening).rejects.toMatchObject({
      code: 'TIMEOUT',
      message: 'no connection to kafka.internal:9092 within 10 ms',
    })
    expect(signals.map(({ aborted }) => aborted)).toEqual([true])
    give(late)
    await once(late, 'close')
  })

  test('with a stream does not hold up a close', async () => {
    const closing = new AbortController()
    const opening = open({ host: 'kafka.internal', port: 9092 }, { connect: never }, closing.signal)
    closing.abort(closed)
    await expect(opening).rejects.toBe(closed)
  })

  test('with a token holds up one attempt to connect, of request.timeout.ms', async () => {
    await using server = await ScriptedServer.start(
      afterHandshake(() => ({ errorCode: 0, mechanisms: ['OAUTHBEARER'] })),
    )
    const opening = open(server.address, {
      sasl: { mechanism: 'OAUTHBEARER', token: never },
      requestTimeoutMs: 200,
    })
    await expect(opening).rejects.toMatchObject({
      code: 'TIMEOUT',
      message: `no authentication with 127.0.0.1:${server.port} within 200 ms`,
    })
  })
})

describe('a connection', () => {
  test('pipelines requests, and takes answers in whatever pieces they come', async () => {
    const pieces: Buffer[] = []
    await using server = await ScriptedServer.start(
      afterHandshake((request) => {
        request.socket.write = ((chunk: Buffer) => pieces.push(Buffer.from(chunk)) > 0) as Socket['write']
        return oneNode({ host: `h${request.correlationId}`, port: 1 })
      }),
    )
    const connection = await open(server.address)
    const calls = [1, 2, 3].map(() => connection.send(apis.Metadata, 9, metadata))
    await server.until(() => server.requests.length === 4)
    const { socket } = server.requests[1]!
    Reflect.deleteProperty(socket, 'write')
    for (const byte of Buffer.concat(pieces)) {
      socket.write(Buffer.from([byte]))
      await new Promise((resolve) => setImmediate(resolve))
    }
    const hosts = (await Promise.all(calls)).map(({ brokers }) => brokers[0]!.host)
    expect(hosts).toEqual(['h1', 'h2', 'h3'])
    connection.close(closed)
  })

  test('an aborted request keeps its place: its answer is dropped, the others get theirs', async () => {
    const waiting: (() => void)[] = []
    await using server = await ScriptedServer.start(
      afterHandshake((request, self) => {
        waiting.push(() => self.answer(request, oneNode({ host: `h${request.correlationId}`, port: 1 })))
      }),
    )
    const connection = await open(server.address)
    const controller = new AbortController()
    const aborted = connection.send(apis.Metadata, 9, metadata, { signal: controller.signal })
    const other = connection.send(apis.Metadata, 9, metadata)
    await server.until(() => waiting.length === 2)
    controller.abort('enough')
    await expect(aborted).rejects.toBe('enough')
    for (const answer of waiting) answer()
    expect((await other).brokers[0]!.host).toBe('h2')
    expect(connection.closed).toBeUndefined()
    connection.close(closed)
  })

  test('ends when a request is not answered in its time: nothing behind it would come', async () => {
    await using server = await ScriptedServer.start(afterHandshake(() => undefined))
    const connection = await open(server.address)
    const slow = connection.send(apis.Metadata, 9, metadata, { timeoutMs: 20 })
    const behind = connection.send(apis.Metadata, 9, metadata, { timeoutMs: 20_000 })
    await expect(slow).rejects.toMatchObject({ code: 'TIMEOUT', kind: 'retriable' })
    await expect(behind).rejects.toMatchObject({ code: 'CONNECTION_CLOSED', kind: 'retriable' })
    await expect(connection.send(apis.Metadata, 9, metadata)).rejects.toMatchObject({ code: 'CONNECTION_CLOSED' })
  })

  test('rejects what is under way when the broker ends it', async () => {
    await using server = await ScriptedServer.start(afterHandshake(({ socket }) => void socket.end()))
    const connection = await open(server.address)
    await expect(connection.send(apis.Metadata, 9, metadata)).rejects.toMatchObject({ code: 'CONNECTION_CLOSED' })
  })

  test.each([
    ['another correlation id', (id: number): number => id + 1],
    ['a correlation id that was answered', (id: number): number => id - 1],
  ])('ends at %s', async (_, wrong) => {
    await using server = await ScriptedServer.start(
      afterHandshake((request, self) => {
        self.answer(request, oneNode({ host: 'h', port: 1 }), wrong(request.correlationId))
      }),
    )
    const connection = await open(server.address)
    await expect(connection.send(apis.Metadata, 9, metadata)).rejects.toMatchObject({ code: 'MALFORMED_ANSWER' })
  })

  test('ends at an answer that cannot be decoded', async () => {
    await using server = await ScriptedServer.start(
      afterHandshake(({ socket, correlationId }) => {
        const answer = Buffer.alloc(16)
        answer.writeInt32BE(12, 0)
        answer.writeInt32BE(correlationId, 4)
        socket.write(answer)
      }),
    )
    const connection = await open(server.address)
    await expect(connection.send(apis.Metadata, 1, metadata)).rejects.toMatchObject({ code: 'MALFORMED_ANSWER' })
  })

  test('refuses a body that does not fit, and goes on', async () => {
    await using server = await ScriptedServer.start(afterHandshake(() => oneNode({ host: 'h', port: 1 })))
    const connection = await open(server.address)
    const wrong = { topics: [{ name: 7 as unknown as string }] }
    expect(() => connection.send(apis.Metadata, 9, wrong)).toThrow(KafkaError)
    expect((await connection.send(apis.Metadata, 9, metadata)).brokers).toHaveLength(1)
    connection.close(closed)
  })

  test('is silent as long as the broker asks for (KIP-219), and then sends in order', async () => {
    const seen: number[] = []
    await using server = await ScriptedServer.start(
      afterHandshake(({ correlationId }) => {
        seen.push(holdingSystemClock.monotonicMs())
        return { ...oneNode({ host: `h${correlationId}`, port: 1 }), throttleTimeMs: correlationId === 1 ? 150 : 0 }
      }),
    )
    const connection = await open(server.address)
    await connection.send(apis.Metadata, 9, metadata)
    const answers = await Promise.all([1, 2].map(() => connection.send(apis.Metadata, 9, metadata)))
    expect(answers.map(({ brokers }) => brokers[0]!.host)).toEqual(['h2', 'h3'])
    expect(seen[1]! - seen[0]!).toBeGreaterThanOrEqual(145)
    connection.close(closed)
  })

  test('is not silent for the throttle time of versions in which the broker has waited itself', async () => {
    await using server = await ScriptedServer.start(
      afterHandshake(() => ({ ...oneNode({ host: 'h', port: 1 }), throttleTimeMs: 600_000 })),
    )
    const connection = await open(server.address)
    await connection.send(apis.Metadata, 5, metadata)
    await connection.send(apis.Metadata, 5, metadata)
    connection.close(closed)
  })

  test('waits for no answer where none comes', async () => {
    await using server = await ScriptedServer.start(
      afterHandshake(({ apiKey }) => (apiKey === ApiKey.Produce ? undefined : oneNode({ host: 'h', port: 1 }))),
    )
    const connection = await open(server.address)
    const produce = { acks: 0, timeoutMs: 1000, topicData: [] }
    expect(await connection.send(apis.Produce, 9, produce, { expectsAnswer: false })).toBeUndefined()
    expect((await connection.send(apis.Metadata, 9, metadata)).brokers).toHaveLength(1)
    connection.close(closed)
  })

  test('one without an answer (acks=0) has left when its promise resolves, whatever is closed then', async () => {
    await using server = await ScriptedServer.start(afterHandshake(() => undefined))
    const connection = await open(server.address)
    const partitionData = [{ index: 0, records: Buffer.alloc(8_000_000) }]
    const produce = { acks: 0, timeoutMs: 1000, topicData: [{ name: 't', partitionData }] }
    await connection.send(apis.Produce, 9, produce, { expectsAnswer: false })
    connection.close(closed)
    await server.until(() => server.requests.some(({ apiKey }) => apiKey === ApiKey.Produce))
  })

  test('one without an answer fails when the connection ends before it has left', async () => {
    await using server = await ScriptedServer.start(afterHandshake(() => undefined))
    const connection = await open(server.address)
    const produce = { acks: 0, timeoutMs: 1000, topicData: [] }
    const sending = connection.send(apis.Produce, 9, produce, { expectsAnswer: false })
    connection.close(closed)
    await expect(sending).rejects.toBe(closed)
  })

  test('survives a process that stood still for longer than the request may take', async () => {
    await using server = await ScriptedServer.start(afterHandshake(() => oneNode({ host: 'h', port: 1 })))
    const connection = await open(server.address)
    const answered = connection.send(apis.Metadata, 9, metadata, { timeoutMs: 50 })
    await new Promise((resolve) => setImmediate(resolve))
    const untilMs = holdingSystemClock.monotonicMs() + 300
    while (holdingSystemClock.monotonicMs() < untilMs) Math.sqrt(untilMs)
    expect((await answered).brokers).toHaveLength(1)
    connection.close(closed)
  })
})
