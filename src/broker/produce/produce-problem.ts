import type { ErrorName } from '../../wire/index.ts'

/** Why the records of one partition are refused. */
export interface ProduceProblem {
  readonly errorCode: Exclude<ErrorName, 'NONE'>
  /** -1 where Kafka does not tell it. */
  readonly logStartOffset: bigint
  /** Records at fault, by their place in the batch (KIP-467). */
  readonly recordErrors?: readonly RecordError[]
  readonly message?: string
}

export interface RecordError {
  readonly batchIndex: number
  readonly batchIndexErrorMessage: string
}

export function isProblem(value: object): value is ProduceProblem {
  return 'errorCode' in value
}
