import { Option } from 'commander'
import type { ConsumerRecord } from '../../../client/index.ts'

/** How bytes of keys and values are written as text, and read. */
export const formats = ['string', 'json', 'base64'] as const
export type Format = (typeof formats)[number]

export function formatOption(flags: string, description: string): Option {
  return new Option(flags, description).choices([...formats]).default('string')
}

/** @throws Error with a sentence for text that is not of the format */
export function encode(text: string, format: Format): Buffer {
  switch (format) {
    case 'string':
      return Buffer.from(text, 'utf8')
    case 'json':
      try {
        JSON.parse(text)
      } catch (error) {
        throw new Error(`it is no JSON: ${(error as Error).message}`)
      }
      return Buffer.from(text, 'utf8')
    case 'base64':
      if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}(?:==)?|[A-Za-z0-9+/]{3}=?)?$/.test(text))
        throw new Error('it is no base64')
      return Buffer.from(text, 'base64')
  }
}

/** As text for people; null is 'null'. */
export function asText(bytes: Buffer | null, format: Format): string {
  if (bytes === null) return 'null'
  return format === 'base64' ? bytes.toString('base64') : bytes.toString('utf8')
}

/** As a value of JSON. What is no JSON is shown as a string with `json` too: who looks wants to see it. */
export function asValue(bytes: Buffer | null, format: Format): unknown {
  if (bytes === null) return null
  if (format === 'base64') return bytes.toString('base64')
  const text = bytes.toString('utf8')
  if (format === 'string') return text
  try {
    return JSON.parse(text) as unknown
  } catch {
    return text
  }
}

/** One line of JSON for a record; `kohort produce --input json` reads it. */
export function recordLine(record: ConsumerRecord, keyFormat: Format, valueFormat: Format): string {
  const { topic, partition, offset, timestamp } = record
  const headers = Array.from(record.headers, ({ key, value }) => [key, value === null ? null : value.toString('utf8')])
  return JSON.stringify({
    topic,
    partition,
    offset: Number.isSafeInteger(Number(offset)) ? Number(offset) : String(offset),
    timestamp,
    key: asValue(record.rawKey, keyFormat),
    value: asValue(record.rawValue, valueFormat),
    headers,
  })
}
