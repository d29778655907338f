import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import {
  bootstrapAddresses,
  type ConfigTable,
  checkConsumerConfig,
  clusterSettings,
  commonKeys,
  configsOf,
  consumerKeys,
  producerKeys,
  producerSettings,
  resolveConfig,
} from '../../../src/client/config/index.ts'
import { camelName, dottedName } from '../../../src/client/config/keys.ts'
import { Kafka, KafkaError } from '../../../src/client/index.ts'
import { testCertificate, testKey } from '../support/certificate.ts'
import { javaConsumerKeys } from './java-consumer-keys.ts'

const kafka = { where: 'new Kafka()', keys: commonKeys }
const anyOf = resolveConfig as (table: ConfigTable, config: object, others: readonly ConfigTable[]) => object
const consumer = { where: 'kafka.consumer()', keys: consumerKeys }
const producer = { where: 'kafka.producer()', keys: producerKeys }
const tables = [kafka, consumer, producer]
const servers = { bootstrapServers: 'localhost:9092' }

const refused = (message: string | RegExp) => ({
  code: 'INVALID_CONFIG',
  kind: 'invalid',
  message: typeof message === 'string' ? message : (expect.stringMatching(message) as string),
})
const catching = (fn: () => unknown): unknown => {
  try {
    return fn()
  } catch (error) {
    return error
  }
}

describe('names', () => {
  test('are those of Kafka with capitals for dots, and back', () => {
    for (const { keys } of tables) for (const name of Object.keys(keys)) expect(camelName(dottedName(name))).toBe(name)
    expect(dottedName('maxInFlightRequestsPerConnection')).toBe('max.in.flight.requests.per.connection')
  })

  test.each([
    [kafka, 'brokers', 'new Kafka() has no brokers; what there is instead: bootstrapServers'],
    [
      consumer,
      'fromBeginning',
      "kafka.consumer() has no fromBeginning; what there is instead: autoOffsetReset: 'earliest'",
    ],
    [consumer, 'sessionTimeout', 'kafka.consumer() has no sessionTimeout; what there is instead: sessionTimeoutMs'],
    [consumer, 'session.timeout.ms', /session\.timeout\.ms is called sessionTimeoutMs here/],
    [consumer, 'clientId', 'kafka.consumer() has no clientId: it belongs to new Kafka()'],
    [kafka, 'groupId', 'kafka.consumer()'],
    [kafka, 'metadata.broker.list', /what there is instead: bootstrapServers/],
    [kafka, 'sasl.username', /sasl: { username, password }/],
    [producer, 'lingersMs', 'kafka.producer() has no lingersMs; did you mean lingerMs?'],
    [producer, 'queue.buffering.max.ms', /what there is instead: lingerMs/],
    [producer, 'transactionalId', /transactions are not there/],
    [consumer, 'value.deserializer', /a deserializer of yours/],
    [consumer, 'zzz', 'kafka.consumer() has no zzz'],
    [consumer, 'constructor', 'kafka.consumer() has no constructor'],
  ] as const)('%o refuses %s', (table, name, message) => {
    const error = catching(() => anyOf(table, { [name]: 1 }, tables)) as KafkaError
    expect(error).toMatchObject(refused(message === 'kafka.consumer()' ? /it belongs to kafka\.consumer\(\)/ : message))
  })
})

describe('values', () => {
  test('are Kafka defaults where nothing is given', () => {
    const config = resolveConfig(consumer, { groupId: 'g', sessionTimeoutMs: undefined }, tables)
    expect(config).toMatchObject({
      groupId: 'g',
      sessionTimeoutMs: 45_000,
      maxPollIntervalMs: 300_000,
      autoOffsetReset: 'latest',
      enableAutoCommit: true,
      partitionAssignmentStrategy: ['range', 'cooperative-sticky'],
    })
    expect(resolveConfig(producer, {}, tables)).toMatchObject({
      acks: 'all',
      batchSize: undefined,
      bufferMemory: 33_554_432,
    })
  })

  test.each([
    [consumer, { sessionTimeoutMs: '45000' }, 'sessionTimeoutMs must be a whole number of at least 1, and is "45000"'],
    [consumer, { autoOffsetReset: 'smallest' }, /autoOffsetReset must be 'earliest', 'latest', 'none'/],
    [consumer, { enableAutoCommit: 'yes' }, 'enableAutoCommit must be true or false, and is "yes"'],
    [consumer, { isolationLevel: 1 }, /one of 'read_uncommitted', 'read_committed'/],
    [consumer, { key: {} }, /key must be an object with deserialize/],
    [consumer, { partitionAssignmentStrategy: [] }, /partitionAssignmentStrategy must be assignors/],
    [producer, { acks: 2 }, "acks must be 'all', -1, 1 or 0, and is 2"],
    [producer, { bufferMemory: 10n }, /and is 10n/],
    [kafka, { logger: console.log }, /logger must be an object with debug/],
    [kafka, { bootstrapServers: [1] }, /bootstrapServers must be a list of strings/],
  ] as const)('%o refuses %o', (table, config, message) => {
    expect(catching(() => anyOf(table, config, tables))).toMatchObject(refused(message))
  })

  test('must fit each other, as in Kafka', () => {
    const check = (config: object) =>
      catching(() => checkConsumerConfig(resolveConfig(consumer, config, tables), config as never))
    expect(check({ heartbeatIntervalMs: 50_000 })).toMatchObject(refused(/below sessionTimeoutMs/))
    expect(check({ groupProtocol: 'consumer', sessionTimeoutMs: 1 })).toMatchObject(refused(/the broker decides it/))
    expect(check({ groupProtocol: 'consumer', groupRemoteAssignor: 'range' })).toBeUndefined()
    expect(check({ groupRemoteAssignor: 'range' })).toMatchObject(refused(/needs groupProtocol/))
    const settings = (config: object) =>
      catching(() => producerSettings(resolveConfig(producer, config, tables), { requestTimeoutMs: 30_000 }))
    expect(settings({})).toMatchObject({ acks: -1, isIdempotent: true, lingerMs: 5, alwaysLingers: false })
    expect(settings({ acks: 1, lingerMs: 5 })).toMatchObject({ acks: 1, isIdempotent: false, alwaysLingers: true })
    expect(settings({ acks: 1, enableIdempotence: true })).toMatchObject(refused("enableIdempotence needs acks: 'all'"))
    expect(settings({ maxInFlightRequestsPerConnection: 6 })).toMatchObject({ isIdempotent: false })
    expect(settings({ deliveryTimeoutMs: 30_000 })).toMatchObject(
      refused(/at least lingerMs \+ requestTimeoutMs, which is 30005/),
    )
  })
})

describe('bootstrap servers', () => {
  test('are host and port, in one string or several', () => {
    expect(bootstrapAddresses('a:1, b:2,')).toEqual([
      { host: 'a', port: 1 },
      { host: 'b', port: 2 },
    ])
    expect(bootstrapAddresses(['[::1]:9092', 'SASL_SSL://k.example.com:9093'])).toEqual([
      { host: '::1', port: 9092 },
      { host: 'k.example.com', port: 9093 },
    ])
  })

  test.each([
    [''],
    ['localhost'],
    ['localhost:0'],
    ['localhost:70000'],
    ['http://a/b:1'],
    [[]],
  ])('cannot be %o', (given) => {
    expect(catching(() => bootstrapAddresses(given))).toMatchObject(refused(/bootstrapServers/))
  })
})

describe('security', () => {
  const settings = (config: object) =>
    catching(() => clusterSettings(resolveConfig(kafka, { ...servers, ...config }, tables)))
  const sasl = { username: 'ann', password: 'secret' }

  test('is none unless it is asked for', () => {
    expect(settings({})).toMatchObject({ tls: undefined, sasl: undefined })
  })

  test('takes certificates and credentials', () => {
    const config = {
      securityProtocol: 'SASL_SSL',
      saslMechanism: 'SCRAM-SHA-256',
      sasl,
      sslTruststoreCertificates: 'PEM',
    }
    expect(settings(config)).toMatchObject({ tls: { ca: 'PEM' }, sasl: { mechanism: 'SCRAM-SHA-256', ...sasl } })
    expect(settings({ tls: { servername: 'x' }, saslMechanism: 'PLAIN', sasl })).toMatchObject({
      tls: { servername: 'x' },
      sasl: { mechanism: 'PLAIN' },
    })
    const jaas = 'org.apache.kafka.common.security.plain.PlainLoginModule required username="a\\"b" password="p;=w";'
    expect(settings({ saslMechanism: 'PLAIN', saslJaasConfig: jaas })).toMatchObject({
      sasl: { username: 'a"b', password: 'p;=w' },
    })
  })

  test.each([
    [{ securityProtocol: 'PLAINTEXT', sslKeystoreKey: 'PEM' }, /there is no TLS to use sslKeystoreKey for/],
    [{ sasl }, /credentials are given and not used/],
    [{ securityProtocol: 'SASL_SSL' }, /saslMechanism must say/],
    [{ saslMechanism: 'PLAIN' }, /PLAIN needs sasl/],
    [{ saslMechanism: 'OAUTHBEARER', sasl }, /OAUTHBEARER needs sasl: { token }/],
    [{ saslMechanism: 'PLAIN', sasl, saslJaasConfig: 'x' }, /either sasl or saslJaasConfig/],
  ])('refuses %o', (config, message) => {
    expect(settings(config)).toMatchObject(refused(message))
  })
})

describe('properties', () => {
  test('of a file go where they belong', () => {
    const file = `
      # a comment
      ! another
      bootstrap.servers = a:1,\\
                          b:2
      group.id:billing
      session.timeout.ms 10000
      enable.auto.commit=false
      partition.assignment.strategy=org.apache.kafka.clients.consumer.CooperativeStickyAssignor, range
      auto.offset.reset=EARLIEST
      linger.ms=20
      default.api.timeout.ms=5000
      client.id=caf\\u00e9\\ 1`
    const [common, forConsumers, forProducers] = configsOf(file, tables)
    expect(common).toEqual({ bootstrapServers: ['a:1', 'b:2'], defaultApiTimeoutMs: 5000, clientId: 'café 1' })
    expect(forConsumers).toMatchObject({
      groupId: 'billing',
      sessionTimeoutMs: 10_000,
      enableAutoCommit: false,
      partitionAssignmentStrategy: ['cooperative-sticky', 'range'],
      autoOffsetReset: 'earliest',
    })
    expect(forProducers).toEqual({ lingerMs: 20 })
  })

  test.each([
    [{ 'sesion.timeout.ms': '1' }, 'there is no sesion.timeout.ms; did you mean session.timeout.ms?'],
    [{ sessionTimeoutMs: '1' }, 'sessionTimeoutMs is written session.timeout.ms in properties'],
    [
      { 'ssl.truststore.location': '/x' },
      /ssl.truststore.location: ssl.truststore.type is JKS where it is not set, and PEM is the only type that can be read here; keytool/,
    ],
    [
      { 'ssl.keystore.location': '/x', 'ssl.keystore.type': 'PKCS12' },
      /ssl.keystore.type is PKCS12, .*; openssl pkcs12/,
    ],
    [{ 'ssl.truststore.location': '/nowhere', 'ssl.truststore.type': 'PEM' }, /nowhere cannot be read \(ENOENT\)/],
    [
      { 'ssl.keystore.location': '/x', 'ssl.keystore.type': 'PEM', 'ssl.keystore.password': 'p' },
      /ssl.keystore.password: a PEM file has none; ssl.key.password/,
    ],
    [{ 'session.timeout.ms': 'soon' }, "session.timeout.ms must be a whole number of at least 1, and is 'soon'"],
    [{ connect: 'x' }, /connect must be a function/],
  ])('%o is refused', (properties, message) => {
    expect(catching(() => configsOf(properties as never, tables))).toMatchObject(refused(message))
  })

  test('name PEM files of certificates and of a key, which are read (KIP-651)', () => {
    const folder = mkdtempSync(join(tmpdir(), 'kohort-pem-'))
    const [trusted, own] = [join(folder, 'ca.pem'), join(folder, 'client.pem')]
    writeFileSync(trusted, `subject=anybody\n${testCertificate}\n${testCertificate}\n`)
    writeFileSync(own, `${testKey}\n${testCertificate}\n`)
    const files = {
      'ssl.truststore.location': trusted,
      'ssl.truststore.type': 'PEM',
      'ssl.keystore.location': own,
      'ssl.keystore.type': 'pem',
      'ssl.key.password': 'secret',
    }
    expect(configsOf({ 'bootstrap.servers': 'a:1', 'security.protocol': 'SSL', ...files }, tables)[0]).toEqual({
      bootstrapServers: ['a:1'],
      securityProtocol: 'SSL',
      sslTruststoreCertificates: `${testCertificate}\n${testCertificate}`,
      sslKeystoreCertificateChain: testCertificate,
      sslKeystoreKey: testKey,
      sslKeyPassword: 'secret',
    })
    const noKey = { ...files, 'ssl.keystore.location': trusted }
    expect(catching(() => configsOf(noKey, tables))).toMatchObject(refused(/ca.pem has no private key/))
    const twice = { ...files, 'ssl.truststore.certificates': 'PEM' }
    expect(catching(() => configsOf(twice, tables))).toMatchObject(refused(/give either ssl.truststore.location or/))
    rmSync(folder, { recursive: true, force: true })
  })

  test('make a Kafka', async () => {
    await using client = Kafka.fromProperties(new Map([['bootstrap.servers', 'localhost:1']]))
    expect(client).toBeInstanceOf(Kafka)
    expect(() => new Kafka({ bootstrapServers: '' })).toThrow(KafkaError)
  })
})

describe("every key of Java's consumer", () => {
  test('is taken, or refused with what there is instead', () => {
    expect(javaConsumerKeys.length).toBeGreaterThan(100)
    const silent = javaConsumerKeys.filter((name) => {
      const error = catching(() => void configsOf({ [name]: 'x' }, tables))
      return (
        error !== undefined && !/ must be |what there is instead|PEM is the only type/.test((error as Error).message)
      )
    })
    expect(silent).toEqual([])
  })
})

describe('what does not go together', () => {
  const made = (config: object): unknown =>
    catching(() => void new Kafka({ bootstrapServers: 'localhost:1' }).consumer(config))
  const custom = { assign: () => new Map() }

  test.each([
    [{ groupInstanceId: 'a' }, 'groupInstanceId needs groupId: it names a member of a group'],
    [{ enableAutoCommit: true }, 'enableAutoCommit needs groupId: without a group nothing is committed'],
    [{ groupId: 'g', groupInstanceId: 'a b' }, /groupInstanceId 'a b' must have 1 to 249 letters/],
    [{ groupId: 'g', sessionTimeoutMs: 1000 }, 'heartbeatIntervalMs (3000) must be below sessionTimeoutMs (1000)'],
    [{ groupId: 'g', groupProtocol: 'auto', sessionTimeoutMs: 1000 }, /must be below sessionTimeoutMs/],
    [{ groupId: 'g', groupProtocol: 'consumer', groupRemoteAssignor: '' }, 'groupRemoteAssignor must not be empty'],
    [{ groupId: 'g', groupProtocol: 'consumer', sessionTimeoutMs: 1000 }, /sessionTimeoutMs cannot be set/],
    [{ groupId: 'g', groupProtocol: 'consumer', heartbeatIntervalMs: 1000 }, /heartbeatIntervalMs cannot be set/],
    [{ groupId: 'g', groupProtocol: 'consumer', partitionAssignmentStrategy: 'range' }, /Strategy cannot be set/],
    [{ groupId: 'g', sessionTimeoutMs: 2 ** 40 }, 'sessionTimeoutMs must be at most 2147483647, and is 1099511627776'],
    [{ partitionAssignmentStrategy: 'RoundRobinAssigner' }, /no assignor RoundRobinAssigner; did you mean roundrobin/],
    [
      { partitionAssignmentStrategy: ['org.apache.kafka.clients.consumer.StickyAssignor'] },
      /StickyAssignor; did you mean sticky\?$/,
    ],
    [{ partitionAssignmentStrategy: 'range,sticky' }, /no assignor range,sticky; there are range, /],
    [{ partitionAssignmentStrategy: ['range', 'range'] }, /names the assignor range twice/],
    [{ partitionAssignmentStrategy: [custom] }, /an assignor of your own needs a name/],
  ])('%o', (config, message) => {
    expect(made(config)).toMatchObject(refused(message))
  })

  test('credentials in the words of kafkajs', () => {
    const sasl = { mechanism: 'plain', username: 'a', password: 'b' }
    const wrong = () => new Kafka({ bootstrapServers: 'localhost:1', saslMechanism: 'PLAIN', sasl })
    expect(catching(wrong)).toMatchObject(refused(/^sasl has no mechanism; what there is instead: saslMechanism/))
  })
})
