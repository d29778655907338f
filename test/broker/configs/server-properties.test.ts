import assert from 'node:assert/strict'
import { describe, test } from 'vitest'
import {
  classifyServerProperties,
  configsOfEnvironment,
  nearestConfigName,
  parseListeners,
} from '../../../src/broker/configs/index.ts'

function classify(properties: Record<string, string>) {
  return classifyServerProperties(new Map(Object.entries(properties)))
}

describe('keys of server.properties', () => {
  test('are honoured, or named as ignored, and kept either way', () => {
    const result = classify({
      'node.id': '7',
      'num.io.threads': '8',
      'ssl.keystore.location': '/k',
      'listener.name.internal.ssl.keystore.location': '/k',
      'super.users': 'User:admin',
      'log.retention.hours': '24',
    })
    assert.deepEqual(result.problems, [])
    assert.deepEqual(result.honoured, ['node.id', 'log.retention.hours'])
    assert.deepEqual(result.ignored, [
      'num.io.threads',
      'ssl.keystore.location',
      'listener.name.internal.ssl.keystore.location',
      'super.users',
    ])
    assert.equal(result.configs.size, 6)
  })

  test('that Kafka does not have are refused with the nearest name, or with what they are', () => {
    const result = classify({
      'log.retention.hour': '1',
      'num.partition': '1',
      'auto.craete.topics.enable': 'true',
      'retention.ms': '1',
      'zookeeper.connect': 'localhost:2181',
    })
    assert.deepEqual(result.problems, [
      'Apache Kafka 4.2 has no broker config log.retention.hour; did you mean log.retention.hours?',
      'Apache Kafka 4.2 has no broker config num.partition; did you mean num.partitions?',
      'Apache Kafka 4.2 has no broker config auto.craete.topics.enable; did you mean auto.create.topics.enable?',
      "retention.ms is a config of topics; the broker's default for it is log.retention.ms.",
      'Apache Kafka 4.2 has no broker config zookeeper.connect.',
    ])
    assert.equal(result.configs.size, 0)
  })

  test('with values that Kafka would refuse are refused in its words', () => {
    assert.deepEqual(classify({ 'num.partitions': '0', 'log.retention.ms': 'week' }).problems, [
      'Invalid value 0 for configuration num.partitions: Value must be at least 1.',
      'Invalid value week for configuration log.retention.ms: Not a number of type LONG.',
    ])
    assert.deepEqual(classify({ 'log.retention.ms': '0' }).problems, [
      'log.retention.ms must be unlimited (-1) or, greater than or equal to 1.',
    ])
    assert.deepEqual(classify({ 'node.id': '1', 'broker.id': '2' }).problems, [
      'You must set `node.id` to the same value as `broker.id`.',
    ])
  })

  test('of the file that comes with Apache Kafka are all known', () => {
    const result = classify({
      'process.roles': 'broker,controller',
      'node.id': '1',
      'controller.quorum.bootstrap.servers': 'localhost:9093',
      listeners: 'PLAINTEXT://:9092,CONTROLLER://:9093',
      'inter.broker.listener.name': 'PLAINTEXT',
      'advertised.listeners': 'PLAINTEXT://localhost:9092,CONTROLLER://localhost:9093',
      'controller.listener.names': 'CONTROLLER',
      'listener.security.protocol.map':
        'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SSL:SSL,SASL_PLAINTEXT:SASL_PLAINTEXT,SASL_SSL:SASL_SSL',
      'num.network.threads': '3',
      'num.io.threads': '8',
      'socket.send.buffer.bytes': '102400',
      'socket.receive.buffer.bytes': '102400',
      'socket.request.max.bytes': '104857600',
      'log.dirs': '/tmp/kraft-combined-logs',
      'num.partitions': '1',
      'num.recovery.threads.per.data.dir': '2',
      'offsets.topic.replication.factor': '1',
      'share.coordinator.state.topic.replication.factor': '1',
      'share.coordinator.state.topic.min.isr': '1',
      'transaction.state.log.replication.factor': '1',
      'transaction.state.log.min.isr': '1',
      'log.retention.hours': '168',
      'log.segment.bytes': '1073741824',
      'log.retention.check.interval.ms': '300000',
    })
    assert.deepEqual(result.problems, [])
    assert.ok(!result.ignored.includes('listeners'))
    assert.ok(result.ignored.includes('num.io.threads'))
  })
})

describe('the environment', () => {
  test('has broker configs under KOHORT_, in capitals and with underscores', () => {
    const environment = {
      KOHORT_LOG_RETENTION_MS: '1000',
      KOHORT_NUM_PARTITIONS: '6',
      KOHORT_DATA_DIR: '/data',
      LOG_RETENTION_MS: '5',
      KOHORT_EMPTY: undefined,
    }
    assert.deepEqual(
      [...configsOfEnvironment(environment, ['KOHORT_DATA_DIR'])],
      [
        ['log.retention.ms', '1000'],
        ['num.partitions', '6'],
      ],
    )
  })

  test('of a pod beside a Kubernetes service named kohort has no broker configs', () => {
    const environment = {
      KOHORT_SERVICE_HOST: '10.0.0.1',
      KOHORT_SERVICE_PORT: '9092',
      KOHORT_SERVICE_PORT_KAFKA: '9092',
      KOHORT_PORT: 'tcp://10.0.0.1:9092',
      KOHORT_PORT_9092_TCP: 'tcp://10.0.0.1:9092',
      KOHORT_PORT_9092_TCP_PROTO: 'tcp',
      KOHORT_PORT_9092_TCP_PORT: '9092',
      KOHORT_PORT_9092_TCP_ADDR: '10.0.0.1',
      KOHORT_METRICS_SERVICE_HOST: '10.0.0.2',
      KOHORT_METRICS_PORT_9404_TCP_ADDR: '10.0.0.2',
    }
    assert.deepEqual([...configsOfEnvironment(environment, [])], [])
  })
})

describe('listeners', () => {
  const map = 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,EXTERNAL:PLAINTEXT,SSL:SSL,SASL_PLAINTEXT:SASL_PLAINTEXT'

  test('are names with addresses; those of the controller are left out', () => {
    const listeners = [
      'PLAINTEXT://:9092',
      'controller://127.0.0.1:9093',
      'external://[::1]:0',
      'PLAINTEXT://a.b-c:9094',
    ]
    assert.deepEqual(parseListeners(listeners, map, ['CONTROLLER']), {
      ok: true,
      listeners: [
        { name: 'PLAINTEXT', host: '', port: 9092 },
        { name: 'EXTERNAL', host: '::1', port: 0 },
        { name: 'PLAINTEXT', host: 'a.b-c', port: 9094 },
      ],
    })
  })

  test('that ask for protection are refused, not opened without it', () => {
    assert.deepEqual(parseListeners(['SSL://:9093'], map, []), {
      ok: false,
      message: 'The listener SSL asks for SSL; only PLAINTEXT is served yet.',
    })
    assert.deepEqual(parseListeners(['MINE://:9093'], map, []), {
      ok: false,
      message: 'The listener MINE has no security protocol: name it in listener.security.protocol.map.',
    })
  })

  test('that are none, or the same twice, are refused', () => {
    for (const text of ['localhost:9092', 'PLAINTEXT://localhost', 'PLAINTEXT://:99999', 'PLAINTEXT://::1:9092']) {
      const message = `${text} is not a listener: write NAME://HOST:PORT.`
      assert.deepEqual(parseListeners([text], map, []), { ok: false, message })
    }
    assert.deepEqual(parseListeners(['PLAINTEXT://a:1', 'EXTERNAL://a:1'], map, []), {
      ok: false,
      message: 'a:1 stands twice among the listeners.',
    })
    assert.equal(parseListeners(['PLAINTEXT://a:0', 'EXTERNAL://a:0'], map, []).ok, true)
  })
})

describe('the nearest name', () => {
  const names = ['log.retention.ms', 'log.retention.hours', 'num.partitions']

  test('is the one with the fewest differences', () => {
    assert.equal(nearestConfigName('log.retenton.ms', names), 'log.retention.ms')
    assert.equal(nearestConfigName('log.retention.horus', names), 'log.retention.hours')
    assert.equal(nearestConfigName('num.partition', names), 'num.partitions')
  })

  test('is none when nothing is near', () => {
    assert.equal(nearestConfigName('zookeeper.connect', names), undefined)
    assert.equal(nearestConfigName('', names), undefined)
  })
})
