import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { beforeAll, describe, test } from 'vitest'
import { checkBatch, checkMessage, parseLossless } from '../../scripts/vectors/index.js'
import * as wire from '../../src/wire/index.ts'

interface MessageVector {
  readonly name: string
  readonly version: number
  readonly value: unknown
  readonly hex: string
}

function vectors(file: string): string[] {
  const bytes = readFileSync(new URL(`../vectors/${file}`, import.meta.url))
  return (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8').trim().split('\n')
}

/** The second file has what the first lacks: headers, transactions, share state, null tagged structs. */
function messageVectors(): string[] {
  return [...vectors('messages.jsonl.gz'), ...vectors('more-messages.jsonl')]
}

beforeAll(() => wire.loadCodecs())

describe('golden bytes of Apache Kafka 4.2', () => {
  test('2,023 messages decode to their values and encode to their bytes', () => {
    const lines = messageVectors()
    assert.equal(lines.length, 2023)
    for (const line of lines) checkMessage(wire, parseLossless(line))
  })

  test('106 record batches read in full and are written byte for byte where uncompressed', () => {
    const lines = vectors('record-batches.jsonl.gz')
    assert.equal(lines.length, 106)
    for (const line of lines) checkBatch(wire, parseLossless(line))
  })

  test('every version of every message has a golden message', () => {
    const seen = new Set(
      messageVectors().map((line) => {
        const { name, version } = JSON.parse(line) as MessageVector
        return `${name} ${version}`
      }),
    )
    const missing = allMessages().flatMap((message) =>
      versionsOf(message)
        .filter((version) => !seen.has(`${message.name} ${version}`))
        .map((v) => `${message.name} v${v}`),
    )
    assert.deepEqual(missing, [])
  })

  test('the checks fail for one wrong bit and for one wrong value', () => {
    const line = messageVectors().find((text) => text.includes('"JoinGroupRequest","version":9'))!
    const vector = parseLossless(line) as MessageVector
    const wrongByte = `${vector.hex.slice(0, -1)}1`
    assert.throws(() => checkMessage(wire, { ...vector, hex: wrongByte }))
    assert.throws(() => checkMessage(wire, { ...vector, value: { ...(vector.value as object), groupId: 'other' } }))
    const batch = parseLossless(vectors('record-batches.jsonl.gz')[0]!) as MessageVector
    const middle = batch.hex.length / 2
    assert.throws(() =>
      checkBatch(wire, { ...batch, hex: `${batch.hex.slice(0, middle)}ff${batch.hex.slice(middle + 2)}` }),
    )
  })
})

function allMessages(): wire.Message[] {
  return Object.values(wire).filter((value): value is typeof value & wire.Message => 'decodePrefix' in Object(value))
}

function versionsOf(message: wire.Message): number[] {
  const { lowestVersion, highestVersion } = message
  return Array.from({ length: highestVersion - lowestVersion + 1 }, (_, index) => lowestVersion + index)
}
