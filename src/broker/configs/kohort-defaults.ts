/**
 * Where kohort's defaults are deliberately not Kafka's. docs/configuration.md prints this table. Keep it short: people
 * expect what they know from Kafka.
 */
export const kohortDefaults: ReadonlyMap<string, { readonly value: string; readonly why: string }> = new Map([
  [
    'group.initial.rebalance.delay.ms',
    {
      value: '100',
      why: 'Kafka waits 3 seconds for more members before the first rebalance of a group; on one node they come at once.',
    },
  ],
  [
    'offsets.topic.segment.bytes',
    {
      value: '1048576',
      why: 'Kafka has 100 MB. The segment that grows is not compacted, and all of it is read at a start: small segments keep `__consumer_offsets` small and loading quick.',
    },
  ],
  ['node.id', { value: '1', why: 'There is one node.' }],
  ['broker.id', { value: '1', why: 'Always the same as `node.id`.' }],
  ['process.roles', { value: 'broker,controller', why: 'One process does both.' }],
  [
    'listeners',
    { value: 'PLAINTEXT://127.0.0.1:9092,PLAINTEXT://[::1]:9092', why: 'Only this machine, until told otherwise.' },
  ],
  [
    'log.dir',
    { value: './kohort-data', why: 'Kafka has /tmp/kafka-logs, which the next restart of the machine empties.' },
  ],
])
