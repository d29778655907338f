import { batchLayout, LOG_APPEND_TIME_BIT, RecordCursor } from '../../wire/index.ts'
import type { TopicConfig } from '../configs/index.ts'
import type { ProduceProblem, RecordError } from './produce-problem.ts'

/** More than a producer's user reads; Kafka tells all. */
const TOLD_RECORDS_MAX = 1000
const NO_TIMESTAMP = -1

export interface RecordRules {
  readonly config: TopicConfig
  readonly topic: string
  readonly partition: number
  readonly nowMs: number
  readonly logStartOffset: bigint
}

/**
 * Whether the topic's configs ask for a look at the records: a compacted topic needs keys, a lower limit of timestamps needs
 * each of them, an upper one the greatest, which the header tells.
 */
export function needsLook(batch: Buffer, config: TopicConfig, nowMs: number): boolean {
  return config.cleanupPolicy.includes('compact') || claimsAppendTime(batch) || mayBreakLimits(batch, config, nowMs)
}

/**
 * What is wrong with the records of a batch, or undefined; they are looked at only where they need it.
 * @throws WireError when they cannot be read, OVERSIZED beyond `unpackedBytesMax`.
 */
export function recordProblem(batch: Buffer, rules: RecordRules, unpackedBytesMax: number): ProduceProblem | undefined {
  const { config, nowMs, logStartOffset } = rules
  const isCompacted = config.cleanupPolicy.includes('compact')
  const claims = claimsAppendTime(batch)
  if (!needsLook(batch, config, nowMs)) return undefined
  const errors: RecordError[] = []
  let count = 0
  let wrongTime = false
  const cursor = new RecordCursor(batch, 0, { maxBytes: unpackedBytesMax })
  for (let batchIndex = 0; cursor.next(); batchIndex++) {
    let message: string | undefined
    if (isCompacted && cursor.keyBytes < 0) {
      message = `Compacted topic cannot accept message without key in topic partition ${rules.topic}-${rules.partition}`
    } else {
      message = timestampProblem(cursor, claims, rules)
      if (message !== undefined) wrongTime = true
    }
    if (message === undefined) continue
    count++
    if (errors.length < TOLD_RECORDS_MAX) errors.push({ batchIndex, batchIndexErrorMessage: message })
  }
  if (count === 0) return undefined
  return {
    errorCode: wrongTime ? 'INVALID_TIMESTAMP' : 'INVALID_RECORD',
    logStartOffset,
    recordErrors: errors,
    message: wrongTime ? 'One or more records have been rejected due to invalid timestamp' : summary(errors, count),
  }
}

/** The words of Kafka's LogValidator, which tools look for. */
function summary(errors: readonly RecordError[], count: number): string {
  const shown = errors.slice(0, 3).map((error) => {
    return `RecordError(batchIndex=${error.batchIndex}, message='${error.batchIndexErrorMessage}')`
  })
  return `One or more records have been rejected due to ${count} record errors in total, and only showing the first three errors at most: [${shown.join(', ')}]`
}

function claimsAppendTime(batch: Buffer): boolean {
  return (batch.readInt16BE(batchLayout.attributes) & LOG_APPEND_TIME_BIT) !== 0
}

function mayBreakLimits(batch: Buffer, config: TopicConfig, nowMs: number): boolean {
  if (config.messageTimestampType === 'LogAppendTime') return false
  if (config.messageTimestampBeforeMaxMs < nowMs) return true
  return Number(batch.readBigInt64BE(batchLayout.maxTimestamp)) - nowMs > config.messageTimestampAfterMaxMs
}

function timestampProblem(cursor: RecordCursor, claims: boolean, rules: RecordRules): string | undefined {
  const { config, nowMs } = rules
  const { timestamp } = cursor
  if (config.messageTimestampType === 'CreateTime' && timestamp !== NO_TIMESTAMP) {
    const { messageTimestampBeforeMaxMs: before, messageTimestampAfterMaxMs: after } = config
    if (nowMs - timestamp <= before && timestamp - nowMs <= after) return undefined
    const range = `[${wrapped(nowMs, -before)}, ${wrapped(nowMs, after)}]`
    return `Timestamp ${timestamp} of message with offset ${cursor.offset} is out of range. The timestamp should be within ${range}`
  }
  if (!claims) return undefined
  const { offset, keyBytes, valueBytes } = cursor
  const record = `DefaultRecord(offset=${offset}, timestamp=${timestamp}, key=${Math.max(0, keyBytes)} bytes, value=${Math.max(0, valueBytes)} bytes)`
  return `Invalid timestamp type in message ${record}. Producer should not set timestamp type to LogAppendTime.`
}

/** The sum as a LONG of Java, whose largest value reads as 2^63 here. */
function wrapped(nowMs: number, deltaMs: number): bigint {
  const largest = 2n ** 63n - 1n
  const delta = Math.abs(deltaMs) >= 2 ** 63 ? (deltaMs < 0 ? -largest : largest) : BigInt(deltaMs)
  return BigInt.asIntN(64, BigInt(nowMs) + delta)
}
