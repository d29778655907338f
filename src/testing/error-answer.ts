import type { InterceptedRequest } from '../broker/index.ts'
import {
  type Api,
  apiByKey,
  defaultOf,
  ErrorCode,
  type ErrorName,
  type Fields,
  type OffsetCommitRequest,
  type ProduceRequest,
  ZERO_UUID,
} from '../wire/index.ts'

/** Requests that change nothing are done, and their answer gets the error in all places where it has one. */
const READS: ReadonlySet<string> = new Set([
  'Fetch',
  'ListOffsets',
  'Metadata',
  'OffsetFetch',
  'FindCoordinator',
  'DescribeGroups',
  'ListGroups',
  'ConsumerGroupDescribe',
  'OffsetForLeaderEpoch',
  'DescribeCluster',
  'DescribeConfigs',
  'DescribeTopicPartitions',
])

/** What the broker would answer had the request met this error. @throws Error where the answer has no place for one. */
export function errorAnswer(intercepted: InterceptedRequest, proceed: () => unknown, error: ErrorName): unknown {
  const { api, apiKey, request } = intercepted
  const errorCode = ErrorCode[error]
  if (READS.has(api)) return Promise.resolve(proceed()).then((response) => withError(response, errorCode))
  if (api === 'Produce') return produceError(request as ProduceRequest, errorCode)
  if (api === 'OffsetCommit') return commitError(request as OffsetCommitRequest, errorCode)
  const { response }: { readonly response: Api['response'] & { readonly fields: Fields } } = apiByKey.get(apiKey)!
  if (response.fields.errorCode === undefined) throw new Error(`${api} has no place for an error of the whole request`)
  const value = Object.fromEntries(Object.entries(response.fields).map(([name, field]) => [name, defaultOf(field)]))
  return { ...value, errorCode }
}

/** A copy with the error in the innermost places; in the outermost one when there is no other. */
function withError(response: unknown, errorCode: number): unknown {
  let found = false
  const copy = (value: unknown, depth: number): unknown => {
    if (
      Array.isArray(value) &&
      value.every((item) => typeof item === 'object' && item !== null && !Buffer.isBuffer(item))
    ) {
      return value.map((item) => copy(item, depth + 1))
    }
    if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value) || Array.isArray(value)) return value
    const fields = Object.entries(value).map(([name, field]) => {
      if (name !== 'errorCode' || depth === 0) return [name, name === 'records' ? null : copy(field, depth)]
      found = true
      return [name, errorCode]
    })
    return Object.fromEntries(fields)
  }
  const changed = copy(response, 0) as Record<string, unknown>
  return found || !('errorCode' in changed) ? changed : { ...changed, errorCode }
}

/** `acks=0` has no answer. */
function produceError({ acks, topicData }: ProduceRequest, errorCode: number): unknown {
  if (acks === 0) return undefined
  return {
    responses: topicData.map(({ name, topicId, partitionData }) => ({
      name,
      topicId,
      partitionResponses: partitionData.map(({ index }) => ({ index, errorCode, baseOffset: -1n })),
    })),
    throttleTimeMs: 0,
  }
}

function commitError({ topics }: OffsetCommitRequest, errorCode: number): unknown {
  return {
    throttleTimeMs: 0,
    topics: topics.map(({ name, topicId, partitions }) => ({
      name,
      topicId: topicId ?? ZERO_UUID,
      partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode })),
    })),
  }
}
