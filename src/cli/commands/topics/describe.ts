import { Command } from 'commander'
import { readTopicReports, type TopicPartitionReport, type TopicReport } from '../../../tools/topics/index.ts'
import { addConnectOptions, type ConnectOptions, withKafka } from '../../connect.ts'
import { reportFailures } from '../../failures.ts'
import {
  addOutputOption,
  type Column,
  type OutputOptions,
  openOutput,
  printJson,
  printTable,
} from '../../output/index.ts'

type Options = ConnectOptions & OutputOptions

export function describeTopicsCommand(): Command {
  const command = new Command().argument('<topic...>')
  return addConnectOptions(addOutputOption(command)).action(describe)
}

interface Row extends TopicPartitionReport {
  readonly topic: string
}

const columns: readonly Column<Row>[] = [
  { key: 'topic', head: null, value: ({ topic }) => topic },
  { key: 'partition', value: ({ partition }) => partition },
  {
    key: 'leader',
    value: ({ leaderId }) => leaderId,
    text: ({ leaderId }) => (leaderId < 0 ? 'none' : String(leaderId)),
    style: ({ leaderId }) => (leaderId < 0 ? 'red' : undefined),
  },
  { key: 'replicas', value: ({ replicas }) => replicas },
  {
    key: 'isr',
    value: ({ isr }) => isr,
    style: ({ isr, replicas }) => (isr.length < replicas.length ? 'red' : undefined),
  },
  { key: 'logStartOffset', value: ({ logStartOffset }) => logStartOffset },
  { key: 'logEndOffset', value: ({ logEndOffset }) => logEndOffset },
]

async function describe(names: readonly string[], options: Options): Promise<void> {
  const topics = await withKafka(options, (kafka, signal) => readTopicReports(kafka.admin(), names, { signal }))
  const output = openOutput(options)
  if (output.format === 'json') printJson([...topics.values()].map(jsonOf), output)
  else if (output.format === 'csv') printTable([...topics.values()].flatMap(rowsOf), columns, { output })
  else {
    for (const [at, topic] of [...topics.values()].entries()) {
      if (at > 0) output.write('\n')
      printTable(rowsOf(topic), columns, { output, title: titleOf(topic) })
    }
  }
  reportFailures('topic', topics.failures)
}

function rowsOf({ name, partitions }: TopicReport): readonly Row[] {
  return partitions.map((partition) => ({ topic: name, ...partition }))
}

function titleOf({ name, topicId, partitions, replicationFactor, configs = [] }: TopicReport): string {
  const parts = [
    `${partitions.length} ${partitions.length === 1 ? 'partition' : 'partitions'}`,
    `replication factor ${replicationFactor}`,
    ...(topicId === undefined ? [] : [`id ${topicId}`]),
    ...configs.map((config) => `${config.name}=${config.value}`),
  ]
  return `${name}: ${parts.join(', ')}`
}

function jsonOf({ configs, ...topic }: TopicReport) {
  return { ...topic, configs: configs && Object.fromEntries(configs.map(({ name, value }) => [name, value])) }
}
