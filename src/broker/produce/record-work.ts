import type { CompressionType } from '../../wire/index.ts'
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
}

/** The batch in the codec wanted, undefined when it stays as it is, or why it is refused. */
export function workOnRecords(batch: Buffer, work: RecordWork): Buffer | ProduceProblem | undefined {
  const { config, wanted, logStartOffset } = work
  const problem = recordProblem(batch, work)
  if (problem !== undefined || wanted === undefined) return problem
  const result = recompress(batch, wanted, config)
  if (result === undefined) return { errorCode: 'INVALID_RECORD', logStartOffset }
  if (result.length > config.maxMessageBytes) return { errorCode: 'MESSAGE_TOO_LARGE', logStartOffset: -1n }
  return result
}
