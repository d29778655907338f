import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import type { Outcome, OutcomeRow } from './scenario.ts'

/** What Apache Kafka 4.2 answered to the scenario, and the server.properties that it was started with. */
export interface Fixture {
  readonly serverProperties: string
  readonly outcomes: Readonly<Record<string, Outcome>>
}

const file = new URL('./fixtures/kafka-4.2-configs.json', import.meta.url)

export function readFixture(): Fixture {
  if (!existsSync(file)) throw new Error('no fixture: record it as against-kafka.full.test.ts says')
  return JSON.parse(readFileSync(file, 'utf8')) as Fixture
}

/** One step or row a line, so that a difference between two releases can be read. */
export function writeFixture(fixture: Fixture): void {
  const outcomes = Object.entries(fixture.outcomes).map(([name, { rows, ...outcome }]) => {
    const head = `${JSON.stringify(name)}:${JSON.stringify(outcome)}`
    if (rows === undefined) return head
    return `${head.slice(0, -1)},"rows":[\n${rows.map((row: OutcomeRow) => JSON.stringify(row)).join(',\n')}\n]}`
  })
  const properties = JSON.stringify(fixture.serverProperties)
  writeFileSync(file, `{"serverProperties":${properties},\n"outcomes":{\n${outcomes.join(',\n')}\n}}\n`)
}
