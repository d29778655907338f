import {
  batchLayout,
  type CompressionType,
  LOG_APPEND_TIME_BIT,
  loadCodecs,
  stampLogAppendTime,
  writeCrc,
} from '../../wire/index.ts'
import type { TopicConfig } from '../configs/index.ts'
import { batchProblem } from './batch-problem.ts'
import type { ProduceProblem } from './produce-problem.ts'
import { recompress, wantedCompression } from './recompress.ts'
import { recordProblem } from './record-problem.ts'

export interface PrepareOptions {
  readonly config: TopicConfig
  readonly topic: string
  readonly partition: number
  readonly nowMs: number
  readonly logStartOffset: bigint
}

/**
 * Makes of a producer's batch what goes into the log: checks it, gives it the topic's codec and, under LogAppendTime, the
 * time. Changes the bytes in place where it can. Most batches pass with a look at their header and their checksum; only
 * where a codec has to be loaded first is the answer a promise.
 */
export function prepareBatch(
  batch: Buffer,
  options: PrepareOptions,
): Buffer | ProduceProblem | Promise<Buffer | ProduceProblem> {
  const { config, logStartOffset } = options
  const headerProblem = batchProblem(batch, { maxMessageBytes: config.maxMessageBytes, logStartOffset })
  if (headerProblem !== undefined) return headerProblem
  const wanted = wantedCompression(batch, config)
  const isZstd = wanted !== undefined && (wanted === 'zstd' || isZstdBatch(batch))
  return isZstd ? loadCodecs().then(() => convert(batch, wanted, options)) : convert(batch, wanted, options)
}

function convert(batch: Buffer, wanted: CompressionType | undefined, options: PrepareOptions): Buffer | ProduceProblem {
  const { config, nowMs, logStartOffset } = options
  const problem = recordProblem(batch, options)
  if (problem !== undefined) return problem
  let result = batch
  if (wanted !== undefined) {
    const recompressed = recompress(batch, wanted, config)
    if (recompressed === undefined) return { errorCode: 'INVALID_RECORD', logStartOffset }
    if (recompressed.length > config.maxMessageBytes) return { errorCode: 'MESSAGE_TOO_LARGE', logStartOffset: -1n }
    result = recompressed
  }
  if (config.messageTimestampType === 'LogAppendTime') stampLogAppendTime(result, 0, nowMs)
  else clearAppendTimeClaim(result)
  return result
}

/** Whether timestamps are the producer's or ours is the topic's to say, not the batch's. */
function clearAppendTimeClaim(batch: Buffer): void {
  const attributes = batch.readInt16BE(batchLayout.attributes)
  if ((attributes & LOG_APPEND_TIME_BIT) === 0) return
  batch.writeInt16BE(attributes & ~LOG_APPEND_TIME_BIT, batchLayout.attributes)
  writeCrc(batch, 0)
}

function isZstdBatch(batch: Buffer): boolean {
  return (batch.readInt16BE(batchLayout.attributes) & 0x07) === 4
}
