import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const file = join(import.meta.dirname, '../fixtures/kafka-4.2.json')

export type Fixture = Readonly<Record<string, unknown>>

/** What Apache Kafka 4.2 answered, by scenario. */
export function readFixture(): Fixture {
  return JSON.parse(readFileSync(file, 'utf8')) as Fixture
}

export function writeFixture(fixture: Fixture): void {
  writeFileSync(file, `${JSON.stringify(fixture, null, 1)}\n`)
}

/** As it would be read from the fixture. */
export function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value))
}
