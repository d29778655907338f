import { type CompressionType, WireError } from '../../wire/index.ts'
import type { TopicConfig } from '../configs/index.ts'
import type { ProduceProblem } from './produce-problem.ts'
import { recompress } from './recompress.ts'
import { recordProblem } from './record-problem.ts'

/** What a batch goes through that costs time by the record or the byte. Plain values: it may be done by a worker. */
export interface RecordWork {
  readonly config: TopicConfig
  readonly topic: string
  readonly partition: number
  readonly nowMs: number
  readonly logStartOffset: bigint
  /** The codec to give the records; undefined = leave it. */
  readonly wanted: CompressionType | undefined
  /** How long the records may be unpacked; the batch is refused beyond `UNPACKED_BYTES_MAX`, which is the default. */
  readonly unpackedBytesMax?: number
}

/** Of the records of one batch. A batch of a MB can be made that would unpack to a GB. */
export const UNPACKED_BYTES_MAX = 128 * 1024 * 1024

/**
 * The batch in the codec wanted, undefined when it stays as it is, or why it is refused.
 * @throws WireError OVERSIZED beyond `unpackedBytesMax` where that is less than its default: it is more than was to be done here.
 */
export function workOnRecords(batch: Buffer, work: RecordWork): Buffer | ProduceProblem | undefined {
  const { config, wanted, logStartOffset, unpackedBytesMax = UNPACKED_BYTES_MAX } = work
  try {
    const problem = recordProblem(batch, work, unpackedBytesMax)
    if (problem !== undefined || wanted === undefined) return problem
    return repacked(recompress(batch, { wanted, config, unpackedBytesMax }), work)
  } catch (error) {
    if (!(error instanceof WireError)) throw error
    if (error.code === 'OVERSIZED' && unpackedBytesMax < UNPACKED_BYTES_MAX) throw error
    return { errorCode: 'INVALID_RECORD', logStartOffset }
  }
}

function repacked(result: Buffer, { config }: RecordWork): Buffer | ProduceProblem {
  if (result.length > config.maxMessageBytes) return { errorCode: 'MESSAGE_TOO_LARGE', logStartOffset: -1n }
  return result
}
