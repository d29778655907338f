import { pbkdf2Sync, randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { defaultClusterSettings, NetworkCluster } from '../../../src/client/cluster/index.ts'
import { Kafka, type KafkaConfig } from '../../../src/client/index.ts'
import { holdingSystemClock, silentLogger } from '../../../src/platform/index.ts'
import { apis } from '../../../src/wire/index.ts'
import { testCertificate, testKey } from '../../client/support/certificate.ts'
import { type Broker, startBroker } from '../support/broker.ts'
import { freePort } from '../support/ports.ts'
import { isFullRun } from '../support/suite.ts'
import { requireTool } from '../support/toolchain.ts'

const module = 'org.apache.kafka.common.security'
const admin = 'username="admin" password="admin-secret"'
const oauth = `${module}.oauthbearer.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub="admin";`

describe.skipIf(!isFullRun || !requireTool('java', 'mvn'))(
  'the TypeScript client and Apache Kafka with TLS and SASL',
  () => {
    let folder: string
    let broker: Broker
    let plain: number
    let tls: number

    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), 'kohort-security-'))
      writeFileSync(join(folder, 'keystore.pem'), `${testKey}\n${testCertificate}\n`)
      plain = await freePort()
      tls = await freePort()
      const perListener = ['sasl_plaintext', 'sasl_ssl'].flatMap((listener): [string, string][] => [
        [
          `listener.name.${listener}.plain.sasl.jaas.config`,
          `${module}.plain.PlainLoginModule required ${admin} user_ann="ann-secret";`,
        ],
        [
          `listener.name.${listener}.scram-sha-256.sasl.jaas.config`,
          `${module}.scram.ScramLoginModule required ${admin};`,
        ],
        [
          `listener.name.${listener}.scram-sha-512.sasl.jaas.config`,
          `${module}.scram.ScramLoginModule required ${admin};`,
        ],
        [`listener.name.${listener}.oauthbearer.sasl.jaas.config`, oauth],
      ])
      const listeners = `PLAINTEXT://127.0.0.1:{port},SASL_PLAINTEXT://127.0.0.1:${plain},SASL_SSL://127.0.0.1:${tls}`
      broker = await startBroker({
        target: 'kafka',
        set: {
          listeners: `${listeners},CONTROLLER://127.0.0.1:{controller}`,
          'advertised.listeners': listeners,
          'listener.security.protocol.map':
            'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SASL_PLAINTEXT:SASL_PLAINTEXT,SASL_SSL:SASL_SSL',
          'sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512,OAUTHBEARER',
          'ssl.keystore.type': 'PEM',
          'ssl.keystore.location': join(folder, 'keystore.pem'),
          'connections.max.reauth.ms': '2000',
          ...Object.fromEntries(perListener),
        },
      })
      await addScramUser(broker.bootstrap)
    }, 300_000)

    afterAll(async () => {
      await broker?.stop()
      rmSync(folder, { recursive: true, force: true })
    })

    const secret = { username: 'ann', password: 'ann-secret' }
    const token = () => ({ value: unsecuredToken('ann') })
    const mechanisms: readonly (readonly [string, Partial<KafkaConfig>])[] = [
      ['PLAIN', { saslMechanism: 'PLAIN', sasl: secret }],
      ['SCRAM-SHA-256', { saslMechanism: 'SCRAM-SHA-256', sasl: secret }],
      ['SCRAM-SHA-512', { saslMechanism: 'SCRAM-SHA-512', sasl: secret }],
      ['OAUTHBEARER', { saslMechanism: 'OAUTHBEARER', sasl: { token } }],
    ]

    test.each(mechanisms)('%s, and again while the connection lives', async (name, config) => {
      await using kafka = new Kafka({ bootstrapServers: `127.0.0.1:${plain}`, ...config })
      const topic = `of-${name.toLowerCase()}`
      await kafka.admin().createTopics([topic])
      const producer = kafka.producer()
      const untilMs = Date.now() + 5_000
      let sent = 0n
      while (Date.now() < untilMs) sent = (await producer.send({ topic, value: 'x' })).offset
      const consumer = kafka.consumer({ groupId: topic, autoOffsetReset: 'earliest', maxPollRecords: 1_000_000 })
      consumer.subscribe([topic])
      let read = -1n
      for await (const record of consumer.records()) {
        read = record.offset
        if (read === sent) break
      }
      expect(read).toBe(sent)
    })

    test('SASL over TLS', async () => {
      await using kafka = new Kafka({
        bootstrapServers: `127.0.0.1:${tls}`,
        securityProtocol: 'SASL_SSL',
        sslTruststoreCertificates: testCertificate,
        saslMechanism: 'SCRAM-SHA-512',
        sasl: secret,
      })
      expect((await kafka.admin().describeCluster()).nodes).toMatchObject([{ port: tls }])
    })

    test('wrong passwords and mechanisms are refused at once, with the reason', async () => {
      const of = async (config: Partial<KafkaConfig>): Promise<unknown> => {
        await using kafka = new Kafka({ bootstrapServers: `127.0.0.1:${plain}`, ...config })
        return await kafka
          .admin()
          .listTopics()
          .catch((error: unknown) => error)
      }
      const wrong = { username: 'ann', password: 'wrong' }
      for (const saslMechanism of ['PLAIN', 'SCRAM-SHA-256'] as const) {
        expect(await of({ saslMechanism, sasl: wrong })).toMatchObject({ code: 'SASL_AUTHENTICATION_FAILED' })
      }
      const noToken = { saslMechanism: 'OAUTHBEARER', sasl: { token: () => ({ value: 'nonsense' }) } } as const
      expect(await of(noToken)).toMatchObject({ code: 'SASL_AUTHENTICATION_FAILED' })
    })
  },
)

/** By the listener that asks for nothing. */
async function addScramUser(bootstrap: string): Promise<void> {
  const [host, port] = bootstrap.split(':')
  const settings = {
    ...defaultClusterSettings,
    clientId: 'setup',
    bootstrapServers: [{ host: host!, port: Number(port) }],
  }
  const cluster = new NetworkCluster({ settings, clock: holdingSystemClock, logger: silentLogger })
  // One at a time: Kafka takes a user once in a request.
  for (const mechanism of [1, 2] as const) {
    const salt = randomBytes(24)
    const [bytes, digest] = mechanism === 1 ? ([32, 'sha256'] as const) : ([64, 'sha512'] as const)
    const saltedPassword = pbkdf2Sync('ann-secret', salt, 4096, bytes, digest)
    const upsertions = [{ name: 'ann', mechanism, iterations: 4096, salt, saltedPassword }]
    const { body } = await cluster.call('controller', apis.AlterUserScramCredentials, { deletions: [], upsertions })
    expect(body.results.map(({ errorCode }) => errorCode)).toEqual([0])
  }
  await cluster.close()
}

/** As Kafka's unsecured validator takes it (RFC 7519, alg none). */
function unsecuredToken(subject: string): string {
  const nowS = Math.floor(Date.now() / 1000)
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  return `${part({ alg: 'none' })}.${part({ sub: subject, iat: nowS, exp: nowS + 3_600 })}.`
}
