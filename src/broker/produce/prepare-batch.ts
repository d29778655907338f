import { batchLayout, LOG_APPEND_TIME_BIT, stampLogAppendTime, writeCrc } from '../../wire/index.ts'
import type { TopicConfig } from '../configs/index.ts'
import { batchProblem } from './batch-problem.ts'
import type { ProduceProblem } from './produce-problem.ts'
import { wantedCompression } from './recompress.ts'
import { needsLook } from './record-problem.ts'
import { RecordThread } from './record-thread.ts'

export interface PrepareOptions {
  readonly config: TopicConfig
  readonly topic: string
  readonly partition: number
  readonly nowMs: number
  readonly logStartOffset: bigint
}

const thread = new RecordThread()

/**
 * Makes of a producer's batch what goes into the log: checks it, gives it the topic's codec and, under LogAppendTime, the
 * time. Changes the bytes in place where it can. Most batches pass with a look at their header and their checksum; where
 * records have to be looked at or packed anew, large batches go to a thread, and the answer is a promise.
 */
export function prepareBatch(
  batch: Buffer,
  options: PrepareOptions,
): Buffer | ProduceProblem | Promise<Buffer | ProduceProblem> {
  const { config, nowMs, logStartOffset } = options
  const headerProblem = batchProblem(batch, { maxMessageBytes: config.maxMessageBytes, logStartOffset })
  if (headerProblem !== undefined) return headerProblem
  const wanted = wantedCompression(batch, config)
  if (wanted === undefined && !needsLook(batch, config, nowMs)) return stamped(batch, options)
  const result = thread.run(batch, { ...options, wanted })
  return result instanceof Promise
    ? result.then((done) => finished(batch, done, options))
    : finished(batch, result, options)
}

function finished(
  batch: Buffer,
  result: Buffer | ProduceProblem | undefined,
  options: PrepareOptions,
): Buffer | ProduceProblem {
  if (result !== undefined && !Buffer.isBuffer(result)) return result
  return stamped(result ?? batch, options)
}

function stamped(batch: Buffer, { config, nowMs }: PrepareOptions): Buffer {
  if (config.messageTimestampType === 'LogAppendTime') stampLogAppendTime(batch, 0, nowMs)
  else clearAppendTimeClaim(batch)
  return batch
}

/** Whether timestamps are the producer's or ours is the topic's to say, not the batch's. */
function clearAppendTimeClaim(batch: Buffer): void {
  const attributes = batch.readInt16BE(batchLayout.attributes)
  if ((attributes & LOG_APPEND_TIME_BIT) === 0) return
  batch.writeInt16BE(attributes & ~LOG_APPEND_TIME_BIT, batchLayout.attributes)
  writeCrc(batch, 0)
}
