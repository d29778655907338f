import { randomBytes } from 'node:crypto'

/** A random UUID (version 4) in Kafka's base64url form; like Kafka's it does not begin with '-', which command lines take for an option. */
export function randomUuid(): string {
  for (;;) {
    const bytes = randomBytes(16)
    bytes[6] = (bytes[6]! & 0x0f) | 0x40
    bytes[8] = (bytes[8]! & 0x3f) | 0x80
    const text = bytes.toString('base64url')
    if (!text.startsWith('-')) return text
  }
}
