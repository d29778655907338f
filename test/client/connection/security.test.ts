import { once } from 'node:events'
import { type AddressInfo, connect } from 'node:net'
import { createServer } from 'node:tls'
import { afterEach, describe, expect, test } from 'vitest'
import { Connection } from '../../../src/client/connection/connection.ts'
import {
  type ConnectionSettings,
  defaultConnectionSettings,
} from '../../../src/client/connection/connection-settings.ts'
import { Kafka, KafkaError } from '../../../src/client/index.ts'
import { clientFirstBare, isServerProven, parseServerFirst, scramProof } from '../../../src/net/sasl/index.ts'
import { holdingSystemClock, silentLogger } from '../../../src/platform/index.ts'
import { startBroker } from '../../../src/testing/index.ts'
import { ApiKey, apis, ErrorCode } from '../../../src/wire/index.ts'
import { testCertificate, testKey } from '../support/certificate.ts'
import { afterHandshake, oneNode, type Script, ScriptedServer } from '../support/scripted-server.ts'

const open: { close(): unknown }[] = []
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close()
})

const closed = new KafkaError('CLOSED', 'the test is over')

describe('TLS', () => {
  /** TLS in front of a broker. */
  async function tlsProxy(port: number): Promise<number> {
    const server = createServer({ key: testKey, cert: testCertificate }, (socket) => {
      const inner = connect({ port, host: '127.0.0.1' })
      for (const one of [socket, inner]) one.on('error', () => {})
      socket.pipe(inner).pipe(socket)
      socket.on('close', () => inner.destroy())
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    open.push({ close: () => void server.close() })
    return (server.address() as AddressInfo).port
  }

  test('goes around all that is sent and received, large answers too', async () => {
    const broker = await startBroker({ topics: { orders: 1 } })
    open.push(broker)
    const port = await tlsProxy(broker.port)
    const kafka = new Kafka({
      bootstrapServers: broker.bootstrapServers,
      securityProtocol: 'SSL',
      sslTruststoreCertificates: testCertificate,
      // Metadata names the port without TLS.
      connect: () => connect({ port, host: '127.0.0.1' }),
    })
    open.push(kafka)
    const value = Buffer.alloc(900_000, 'x')
    await kafka.producer().send({ topic: 'orders', value })
    const consumer = kafka.consumer({ autoOffsetReset: 'earliest' })
    consumer.assign([{ topic: 'orders', partition: 0 }])
    const [record] = await consumer.poll({ timeoutMs: 20_000 })
    expect(record?.value?.equals(value)).toBe(true)
  })

  const openTo = (port: number, settings: Partial<ConnectionSettings>, host = '127.0.0.1') =>
    Connection.open({
      address: { host, port },
      settings: { ...defaultConnectionSettings, ...settings },
      clock: holdingSystemClock,
      logger: silentLogger,
      signal: new AbortController().signal,
    })

  test('checks the certificate, and the name in it', async () => {
    const broker = await startBroker()
    open.push(broker)
    const port = await tlsProxy(broker.port)
    const connection = await openTo(port, { tls: { ca: testCertificate } }, 'localhost')
    connection.close(closed)
    await expect(openTo(port, { tls: {} })).rejects.toMatchObject({
      code: 'TLS_HANDSHAKE_FAILED',
      kind: 'unauthorized',
      message: expect.stringContaining('self-signed certificate') as string,
    })
    await expect(openTo(port, { tls: { ca: testCertificate, servername: 'other.example' } })).rejects.toMatchObject({
      code: 'TLS_HANDSHAKE_FAILED',
      message: expect.stringContaining('other.example') as string,
    })
  })

  test('says so when it meets a listener without TLS, and one with TLS without it', async () => {
    const broker = await startBroker()
    open.push(broker)
    const port = await tlsProxy(broker.port)
    await expect(openTo(port, {})).rejects.toBeInstanceOf(KafkaError)
    await expect(openTo(broker.port, { tls: {}, requestTimeoutMs: 500 })).rejects.toBeInstanceOf(KafkaError)
  })
})

describe('SCRAM', () => {
  const nonce = 'rOprNGfwEbeRWgbNEkqO'
  const serverFirst = `r=${nonce}%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096`

  test('proves the password as RFC 7677 has it, and lets the server prove it too', async () => {
    const bare = clientFirstBare({ username: 'user', nonce })
    expect(bare).toBe(`n=user,r=${nonce}`)
    const parsed = parseServerFirst(serverFirst, nonce)
    const proof = await scramProof('SCRAM-SHA-256', { password: 'pencil', clientFirstBare: bare, serverFirst, parsed })
    expect(proof.clientFinal).toBe(`c=biws,r=${parsed.nonce},p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=`)
    expect(isServerProven('v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=', proof.serverSignature)).toBe(true)
    expect(isServerProven('v=7rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=', proof.serverSignature)).toBe(false)
    expect(() => isServerProven('e=other-error', proof.serverSignature)).toThrow('other-error')
  })

  test('escapes names', () => {
    expect(clientFirstBare({ username: 'a=b,c', nonce: 'n' })).toBe('n=a=3Db=2Cc,r=n')
  })

  test.each([
    ['another nonce', serverFirst.replace('rOpr', 'xOpr'), /nonce/],
    ['few iterations', serverFirst.replace('4096', '10'), /10 iterations/],
    ['very many iterations', serverFirst.replace('4096', '99999999'), /99999999 iterations/],
    ['no salt', serverFirst.replace(/s=[^,]*/, 's='), /salt/],
    ['an extension', `m=x,${serverFirst}`, /extension/],
  ])('refuses a server with %s', (_, text, message) => {
    expect(() => parseServerFirst(text, nonce)).toThrow(message)
  })
})

describe('SASL', () => {
  const sasl = { mechanism: 'PLAIN', username: 'ann', password: async () => 'secret' } as const

  /** Takes what comes after authentication, and each authentication by `check`. */
  function authenticating(check: (bytes: Buffer) => object, after: Script = () => undefined): Script {
    return afterHandshake((request, server) => {
      if (request.apiKey === ApiKey.SaslHandshake) return { errorCode: 0, mechanisms: ['PLAIN'] }
      if (request.apiKey !== ApiKey.SaslAuthenticate) return after(request, server)
      return {
        errorCode: 0,
        errorMessage: null,
        authBytes: Buffer.alloc(0),
        ...check((request.body as { authBytes: Buffer }).authBytes),
      }
    })
  }

  const openTo = (server: ScriptedServer, settings: Partial<ConnectionSettings>) =>
    Connection.open({
      address: server.address,
      settings: { ...defaultConnectionSettings, ...settings },
      clock: holdingSystemClock,
      logger: silentLogger,
      signal: new AbortController().signal,
    })

  test('PLAIN sends name and password', async () => {
    const seen: string[] = []
    await using server = await ScriptedServer.start(
      authenticating((bytes) => ({ errorCode: seen.push(bytes.toString()) - 1 })),
    )
    const connection = await openTo(server, { sasl })
    expect(seen).toEqual(['\0ann\0secret'])
    connection.close(closed)
  })

  test('OAUTHBEARER sends a token with extensions, and tells why it is refused', async () => {
    const seen: string[] = []
    await using server = await ScriptedServer.start(
      authenticating((bytes) => {
        seen.push(bytes.toString())
        return seen.length === 1
          ? { authBytes: Buffer.from('{"status":"invalid_token"}') }
          : { errorCode: ErrorCode.SASL_AUTHENTICATION_FAILED, errorMessage: 'no' }
      }),
    )
    const token = () => ({ value: 'abc', extensions: { logicalCluster: 'lkc-1' } })
    await expect(openTo(server, { sasl: { mechanism: 'OAUTHBEARER', token } })).rejects.toMatchObject({
      code: 'SASL_AUTHENTICATION_FAILED',
      kind: 'unauthorized',
      message: expect.stringContaining('invalid_token') as string,
    })
    expect(seen).toEqual(['n,,\x01auth=Bearer abc\x01logicalCluster=lkc-1\x01\x01', '\x01'])
  })

  test('names the mechanisms that the broker has', async () => {
    await using server = await ScriptedServer.start(
      afterHandshake(() => ({ errorCode: ErrorCode.UNSUPPORTED_SASL_MECHANISM, mechanisms: ['GSSAPI', 'PLAIN'] })),
    )
    await expect(openTo(server, { sasl: { ...sasl, mechanism: 'SCRAM-SHA-512' } })).rejects.toMatchObject({
      code: 'UNSUPPORTED_SASL_MECHANISM',
      message: expect.stringContaining('does not take SCRAM-SHA-512; it has GSSAPI, PLAIN') as string,
    })
  })

  test('is done again on the live connection before the session ends; requests wait, in order (KIP-368)', async () => {
    const order: string[] = []
    await using server = await ScriptedServer.start(
      authenticating(
        () => {
          order.push('authenticated')
          return { sessionLifetimeMs: order.length === 1 ? 50n : 0n }
        },
        ({ correlationId }, { address }) => {
          order.push('request')
          return oneNode({ ...address, host: `h${correlationId}` })
        },
      ),
    )
    const connection = await openTo(server, { sasl })
    const ask = () => connection.send(apis.Metadata, 9, { topics: [] })
    await ask()
    const untilMs = holdingSystemClock.monotonicMs() + 50
    while (holdingSystemClock.monotonicMs() < untilMs) await new Promise((resolve) => setImmediate(resolve))
    await Promise.all([ask(), ask()])
    expect(order).toEqual(['authenticated', 'request', 'authenticated', 'request', 'request'])
    expect(server.connections).toBe(1)
    connection.close(closed)
  })
})
