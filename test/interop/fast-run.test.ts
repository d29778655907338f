import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { scenarios } from './support/suite.ts'

const suites = {
  'kohort client': 'kohort-client/kohort-client',
  'kohort client, KIP-848': 'kohort-client/kohort-client-consumer',
  kcat: 'kcat/kcat',
  'Java 4.2': 'java/java-4.2',
  'Java 2.1': 'java/java-2.1',
  'confluent-kafka': 'python/confluent-kafka',
  'kafka-python': 'python/kafka-python',
  aiokafka: 'python/aiokafka',
  'franz-go': 'go/go',
  kafkajs: 'node/kafkajs',
  '@platformatic/kafka': 'node/platformatic-kafka',
  'Java 4.2, KIP-848': 'java/java-4.2-consumer',
  'confluent-kafka, KIP-848': 'python/confluent-kafka-consumer',
  'franz-go, KIP-848': 'go/go-consumer',
  '@platformatic/kafka, KIP-848': 'node/platformatic-kafka-consumer',
} as const

/** Scenarios that `npm test` runs with each client, read from the suites: importing them would run them. */
const fast = Object.entries(suites).map(([client, file]) => {
  const source = readFileSync(join(import.meta.dirname, `${file}.test.ts`), 'utf8')
  const list = /interopSuite\(\w+, \{\s*fast: \[([^\]]*)\]/.exec(source)?.[1] ?? ''
  return { client, names: [...list.matchAll(/'([^']+)'/g)].map(([, name]) => name!) }
})

test('`npm test` shows every client and every feature at least once, and the README says which', () => {
  expect(fast.filter(({ names }) => names.length === 0)).toEqual([])
  const shown = new Set(fast.flatMap(({ names }) => names))
  expect(scenarios.map(({ name }) => name).filter((name) => !shown.has(name))).toEqual([])
  const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  const table = [
    row(['', ...fast.map(({ client }) => client)]),
    row(['---', ...fast.map(() => '---')]),
    ...scenarios.map(({ name }) => row([name, ...fast.map(({ names }) => (names.includes(name) ? 'x' : ''))])),
  ]
  const readme = readFileSync(join(import.meta.dirname, 'README.md'), 'utf8')
  expect(readme, `the table of the fast run should be\n${table.join('\n')}`).toContain(table.join('\n'))
})
