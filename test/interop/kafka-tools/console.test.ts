import { transcripts } from './transcript.ts'

transcripts('console and performance tools', [
  {
    name: 'console',
    title: 'the console producer and consumer carry keys, headers, nulls and codecs',
    async script(shell) {
      await shell.admin.createTopic('console', 1)
      await shell.run('kafka-console-producer', '--topic console', { stdin: 'one\ntwo\n' })
      await shell.run(
        'kafka-console-producer',
        "--topic console --reader-property parse.key=true --reader-property parse.headers=true --reader-property 'null.marker=NIL'",
        { stdin: 'h1:v1,h2:v2\tkey\tvalue\nh:v\tkey\tNIL\n' },
      )
      for (const codec of ['gzip', 'snappy', 'lz4', 'zstd']) {
        await shell.run('kafka-console-producer', `--topic console --compression-codec ${codec}`, {
          stdin: `${codec} 1\n${codec} 2\n`,
        })
      }
      await shell.run('kafka-console-producer', '--topic console --request-required-acks 0', { stdin: 'acks 0\n' })
      await shell.run('kafka-console-producer', '--topic console --sync', { stdin: 'sync\n' })
      await shell.run(
        'kafka-console-consumer',
        '--topic console --from-beginning --max-messages 14 --formatter-property print.key=true --formatter-property print.headers=true --formatter-property print.offset=true --formatter-property print.partition=true',
      )
      await shell.run('kafka-console-consumer', '--topic console --partition 0 --offset 5 --max-messages 3')
      await shell.run('kafka-console-consumer', '--topic console --partition 0 --offset latest --timeout-ms 1500')
      await shell.run('kafka-console-consumer', '--include con.*e --from-beginning --max-messages 2')
      await shell.run(
        'kafka-console-consumer',
        '--topic console --from-beginning --isolation-level read_committed --max-messages 2',
      )
      await shell.run('kafka-get-offsets', '--topic console')
    },
  },
  {
    name: 'offsets-topic',
    title: 'groups and offsets can be read from __consumer_offsets with the console consumer and its formatters',
    async script(shell) {
      await shell.admin.createTopic('read', 1)
      await shell.run('kafka-console-producer', '--topic read', { stdin: 'one\ntwo\nthree\n' })
      await shell.run('kafka-console-consumer', '--topic read --group readers --from-beginning --max-messages 3')
      const formatters = 'org.apache.kafka.tools.consumer'
      await shell.run(
        'kafka-console-consumer',
        `--topic __consumer_offsets --from-beginning --timeout-ms 3000 --formatter ${formatters}.OffsetsMessageFormatter`,
        { normalize: recordsOfReaders },
      )
      await shell.run(
        'kafka-console-consumer',
        `--topic __consumer_offsets --from-beginning --timeout-ms 3000 --formatter ${formatters}.GroupMetadataMessageFormatter`,
        { normalize: recordsOfReaders },
      )
      await shell.runAlone('kafka-verifiable-producer', '--topic __consumer_offsets --max-messages 1', {
        normalize: verifiable,
      })
      await shell.run('kafka-topics', '--describe --topic __consumer_offsets', { normalize: firstLine })
      await shell.run('kafka-topics', "--list --exclude-internal --topic 'read|__consumer_offsets'")
    },
  },
  {
    name: 'performance',
    title: 'the performance tools finish',
    async script(shell) {
      await shell.admin.createTopic('perf', 3)
      const props = `--producer-props bootstrap.servers=${shell.broker.bootstrap} compression.type=lz4`
      await shell.run(
        'kafka-producer-perf-test',
        `--topic perf --num-records 5000 --record-size 100 --throughput -1 ${props}`,
        {
          withoutServer: true,
          normalize: (output) => output.replace(/[\s\S]*?(\d+ records sent), .*\n?$/, '$1'),
        },
      )
      await shell.run('kafka-consumer-perf-test', '--topic perf --num-records 5000 --group perf --timeout 20000', {
        normalize: (output) =>
          output
            .split('\n')
            .map((line) => perfCounts(line))
            .join('\n'),
      })
      await shell.run('kafka-e2e-latency', '--topic perf --num-records 100 --producer-acks all --record-size 20', {
        normalize: (output) =>
          output
            .replaceAll(/\d+\.\d+|(?<=percentiles.*)\d+/g, 'N')
            .replaceAll(/= \d+/g, '= N')
            .replaceAll(/^\d+/gm, 'N'),
      })
    },
  },
  {
    name: 'verifiable',
    title: 'the verifiable producer and consumer agree on what was sent',
    async script(shell) {
      await shell.admin.createTopic('verified', 1)
      await shell.runAlone('kafka-verifiable-producer', '--topic verified --max-messages 5 --acks -1', {
        normalize: verifiable,
      })
      await shell.run(
        'kafka-verifiable-consumer',
        '--topic verified --group-id verifiers --reset-policy earliest --max-messages 5 --verbose',
        { normalize: verifiable },
      )
      await shell.run('kafka-consumer-groups', '--describe --group verifiers')
    },
  },
])

/**
 * Other groups are those of tools that ran before. The record of a group without a generation yet is Kafka's own affair.
 * The topic id, which Kafka has only from clients that commit by id, is in all commits of kohort: a topic that was
 * deleted and made anew must not inherit offsets.
 */
function recordsOfReaders(output: string): string {
  return output
    .replaceAll(/(?=\{"key")/g, '\n')
    .replaceAll(/Processed a total of .*/g, '')
    .replaceAll(/"(commitTimestamp|currentStateTimestamp)":\d{13}/g, '"$1":TIME')
    .replaceAll(/,"topicId":"[\w-]{22}"/g, '')
    .split('\n')
    .filter((line) => line.includes('"group":"readers"') && !line.includes('"generation":0,'))
    .join('\n')
}

function firstLine(output: string): string {
  return output.split('\n')[0] ?? ''
}

function perfCounts(line: string): string {
  const fields = line.split(', ')
  return fields[0]?.startsWith('start') ? line : (fields[4] ?? '')
}

function verifiable(output: string): string {
  return output
    .replaceAll(/"timestamp":\d+/g, '"timestamp":TIME')
    .replaceAll(/"avg_throughput":[\d.]+/g, '"avg_throughput":N')
}
