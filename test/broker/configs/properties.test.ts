import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, test } from 'vitest'
import { parseProperties } from '../../../src/broker/configs/index.ts'

const cases = JSON.parse(readFileSync(new URL('./fixtures/java-properties.json', import.meta.url), 'utf8')) as [
  text: string,
  properties: Record<string, string> | null,
][]

describe('server.properties', () => {
  test('is read as java.util.Properties reads it, in 440 strange texts', () => {
    for (const [text, expected] of cases) {
      // null: Java refuses the text.
      if (expected === null) assert.throws(() => parseProperties(text), /four hex digits/)
      else assert.deepEqual(new Map(Object.entries(expected)), parseProperties(text), JSON.stringify(text))
    }
  })

  test('may have comments, blank lines, escapes and values that go on in the next line', () => {
    const text = [
      '# The node',
      '  ! and its folder',
      '',
      'node.id=1',
      'log.dirs : /var/lib/kohort data',
      'listeners = PLAINTEXT://:9092,\\',
      '            CONTROLLER://:9093',
      'broker.rack = r\\u00e9',
      'node.id=2',
    ].join('\r\n')
    assert.deepEqual(
      [...parseProperties(text)],
      [
        ['node.id', '2'],
        ['log.dirs', '/var/lib/kohort data'],
        ['listeners', 'PLAINTEXT://:9092,CONTROLLER://:9093'],
        ['broker.rack', 'ré'],
      ],
    )
  })

  test('never hangs or fails in another way than by a sentence', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('\\', 'u', '0', 'a', '=', ':', ' ', '\n', '\r', '#', '\t') }),
        (text) => {
          try {
            parseProperties(text)
          } catch (error) {
            assert.match((error as Error).message, /is not followed by four hex digits/)
          }
        },
      ),
    )
  })
})
