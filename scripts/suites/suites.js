/**
 * The suites by name, each with a script of that name beside this file.
 *
 * - `format`: how its output tells what passed (outcomes.js)
 * - `set`: broker configs that it expects; `advertise`: what the broker tells clients to connect to
 * - `env`: of the script
 * - tests that are expected to fail, with the reasons in docs/compatibility.md: `failsOnKafka` on Apache Kafka 4.2 with these settings too,
 *   `notYet` for what kohort does not have yet, `byDesign` where kohort differs on purpose
 */
export const suites = {
  'franz-go': { title: 'franz-go 1.22.2, pkg/kgo', format: 'go' },
  'franz-go-chaos': {
    title: 'franz-go 1.22.2, group chains with connections cut each second',
    script: 'franz-go',
    format: 'go',
    env: { KGO_TEST_CHAOS: '1', SKIP: 'Txn|Share|^Test[^G]|^TestG[^r]' },
  },
  'kafka-go': {
    title: 'segmentio/kafka-go 0.4.51',
    format: 'go',
    set: { 'message.max.bytes': '200000000' },
    advertise: 'localhost:PORT',
    failsOnKafka: [
      'TestReaderConsumerGroup/consumer_group_rebalance',
      'TestReaderReadCompactedMessage',
      'TestWriter/writing_a_message_with_SASL_Plain_authentication',
    ],
    notYet: ['TestClientFindCoordinator'],
  },
  sarama: {
    title: 'IBM/sarama 1.61.1, functional tests',
    format: 'go',
    set: { 'auto.create.topics.enable': 'false' },
    advertise: '127.0.0.1:29091',
  },
  'confluent-kafka-go': {
    title: 'confluent-kafka-go 2.11.1, integration tests',
    format: 'go',
    set: { 'num.partitions': '4' },
    notYet: ['TestIntegration/TestAdminACLs', 'TestIntegration/TestAdminClient_UserScramCredentials'],
  },
  'watermill-kafka': { title: 'watermill-kafka 3.0.6', format: 'go' },
  'kafka-python': {
    title: 'kafka-python 3.0.12, integration tests',
    format: 'pytest',
    advertise: '127.0.0.1:PORT',
    set: { 'num.partitions': '4', 'node.id': '0', 'group.min.session.timeout.ms': '500' },
  },
  'kafka-python-ng': {
    title: 'kafka-python-ng 2.2.3, integration tests',
    format: 'pytest',
    set: { 'num.partitions': '4', 'node.id': '0', 'group.min.session.timeout.ms': '500' },
    byDesign: ['test/test_admin_integration.py::test_describe_consumer_group_does_not_exist'],
  },
  faust: { title: 'faust-streaming 0.15.3 (aiokafka), broker tests', format: 'pytest' },
  librdkafka: {
    title: 'librdkafka 2.15.1, tests',
    format: 'librdkafka',
    set: { 'num.partitions': '4' },
    notYet: ['0081_admin'],
  },
  'librdkafka-consumer-protocol': {
    title: 'librdkafka 2.15.1 with group.protocol=consumer',
    script: 'librdkafka',
    format: 'librdkafka',
    set: { 'num.partitions': '4' },
    env: { TEST_CONSUMER_GROUP_PROTOCOL: 'consumer' },
    notYet: ['0081_admin'],
  },
  'node-rdkafka': {
    title: 'node-rdkafka 3.6.1, e2e tests',
    format: 'tap',
    failsOnKafka: [
      'Consumer/Producer should be able to produce and consume messages: empty buffer key and empty value',
      'Consumer/Producer should be able to produce and consume messages: empty key and empty value',
      'Producer with_dr_msg_cb should produce a message with an empty payload and empty key (https://github.com/Blizzard/node-rdkafka/issues/117)',
    ],
  },
  'rust-rdkafka': {
    title: 'rdkafka 0.39.0 (Rust)',
    format: 'cargo',
    set: { 'num.partitions': '3', 'node.id': '0' },
    failsOnKafka: ['test_produce_consume_message_queue_nonempty_callback'],
    byDesign: ['test_base_producer_timeout'],
  },
  rskafka: { title: 'rskafka 0.6.0 (Rust)', format: 'cargo', set: { 'auto.create.topics.enable': 'false' } },
}
