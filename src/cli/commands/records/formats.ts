import { isUtf8 } from 'node:buffer'
import { Option } from 'commander'
import type { ConsumerRecord } from '../../../client/index.ts'

/** How bytes of keys and values are written as text, and read. */
export const formats = ['string', 'json', 'base64'] as const
export type Format = (typeof formats)[number]

export function formatOption(flags: string, description: string): Option {
  return new Option(flags, description).choices([...formats]).default('string')
}

/** What given bytes stand for; of `string` and `json` they are themselves, whatever their encoding. @throws Error with a sentence where they are not of the format */
export function encode(bytes: Buffer, format: Format): Buffer {
  switch (format) {
    case 'string':
      return bytes
    case 'json':
      try {
        JSON.parse(bytes.toString('utf8'))
      } catch (error) {
        throw new Error(`it is no JSON: ${(error as Error).message}`)
      }
      return bytes
    case 'base64': {
      const text = bytes.toString('latin1')
      if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}(?:==)?|[A-Za-z0-9+/]{3}=?)?$/.test(text))
        throw new Error('it is no base64')
      return Buffer.from(text, 'base64')
    }
  }
}

/** As it is printed: null is 'null', and of `string` and `json` the bytes as they are. */
export function asShown(bytes: Buffer | null, format: Format): Buffer {
  if (bytes === null) return NULL
  return format === 'base64' ? Buffer.from(bytes.toString('base64'), 'latin1') : bytes
}

const NULL = Buffer.from('null')

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

/** Whether JSON has other bytes than the record: those that are no UTF-8. */
export function isChangedByJson({ rawKey, rawValue }: ConsumerRecord, keyFormat: Format, valueFormat: Format): boolean {
  const isChanged = (bytes: Buffer | null, format: Format): boolean =>
    bytes !== null && format !== 'base64' && !isUtf8(bytes)
  return isChanged(rawKey, keyFormat) || isChanged(rawValue, valueFormat)
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
