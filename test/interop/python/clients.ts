import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type ClientProgram, type Command, installOnce, interopCache, run } from '../support/index.ts'

const folder = import.meta.dirname
const environment = join(interopCache, 'python')

/** The interpreter of the virtual environment with the pinned packages. */
export const python = join(environment, 'bin/python')

/** Makes the virtual environment once for each change of requirements.txt. */
export async function preparePython(): Promise<void> {
  const requirements = join(folder, 'requirements.txt')
  await installOnce('python', readFileSync(requirements, 'utf8'), async () => {
    await run('python3', ['-m', 'venv', '--clear', environment])
    await run(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', requirements])
  })
}

const start = (file: string, role: string, options: unknown): Command => ({
  command: python,
  args: [join(folder, file), role, JSON.stringify(options)],
})

/** confluent-kafka: librdkafka. */
export const confluentKafka: ClientProgram = {
  name: 'confluent-kafka',
  tools: ['python3'],
  supports: {
    assignors: ['range', 'roundrobin', 'cooperative-sticky'],
    codecs: ['none', 'gzip', 'snappy', 'lz4', 'zstd'],
    staticMembership: true,
    maxPollInterval: true,
    idempotence: true,
    manualCommit: true,
    autoCommit: true,
    rebalanceListener: true,
    consumerProtocol: true,
    topicRegex: true,
  },
  prepare: preparePython,
  consumer: (options) => start('confluent_client.py', 'consumer', options),
  producer: (options) => start('confluent_client.py', 'producer', options),
}

/** The same with the consumer protocol (KIP-848). */
export const confluentKafkaConsumer: ClientProgram = {
  ...confluentKafka,
  name: 'confluent-kafka-consumer',
  groupProtocol: 'consumer',
  supports: { ...confluentKafka.supports, assignors: ['range'] },
}

export const kafkaPython: ClientProgram = {
  name: 'kafka-python',
  tools: ['python3'],
  supports: {
    assignors: ['range', 'roundrobin', 'sticky', 'cooperative-sticky'],
    codecs: ['none', 'gzip', 'snappy', 'lz4', 'zstd'],
    staticMembership: true,
    maxPollInterval: true,
    idempotence: true,
    manualCommit: true,
    autoCommit: true,
    rebalanceListener: true,
  },
  prepare: preparePython,
  consumer: (options) => start('kafka_python_client.py', 'consumer', options),
  producer: (options) => start('kafka_python_client.py', 'producer', options),
}

/** kafka-python's shape on asyncio, with a protocol implementation of its own. */
export const aiokafka: ClientProgram = {
  ...kafkaPython,
  name: 'aiokafka',
  supports: { ...kafkaPython.supports, assignors: ['range', 'roundrobin', 'sticky'] },
  consumer: (options) => start('aiokafka_client.py', 'consumer', options),
  producer: (options) => start('aiokafka_client.py', 'producer', options),
}
