import { ConnectionEnd, type InterceptedRequest } from '../broker/index.ts'
import {
  type AlterConfigsRequest,
  type Api,
  apiByKey,
  type CreatePartitionsRequest,
  type CreateTopicsRequest,
  type DeleteGroupsRequest,
  type DeleteRecordsRequest,
  type DeleteTopicsRequest,
  defaultOf,
  ErrorCode,
  type ErrorName,
  type Fields,
  type IncrementalAlterConfigsRequest,
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

/** Ends the connection in place of an answer. */
export function connectionEnd(): ConnectionEnd {
  return new ConnectionEnd('a fault of the test')
}

/** What the broker would answer had the request met this error. @throws Error where the answer has no place for one. */
export function errorAnswer(intercepted: InterceptedRequest, proceed: () => unknown, error: ErrorName): unknown {
  const { api, apiKey, request } = intercepted
  const errorCode = ErrorCode[error]
  if (READS.has(api)) return Promise.resolve(proceed()).then((response) => withError(response, errorCode))
  if (api === 'Produce') return produceError(request as ProduceRequest, errorCode)
  const nested = NESTED[api]
  if (nested !== undefined) return nested(request, errorCode)
  const { response }: { readonly response: Api['response'] & { readonly fields: Fields } } = apiByKey.get(apiKey)!
  if (response.fields.errorCode === undefined) throw new Error(`a fault cannot answer ${api} with an error`)
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

/** `acks=0` has no answer: a broker tells of errors by ending the connection. */
function produceError({ acks, topicData }: ProduceRequest, errorCode: number): unknown {
  if (acks === 0) return connectionEnd()
  return {
    responses: topicData.map(({ name, topicId, partitionData }) => ({
      name,
      topicId,
      partitionResponses: partitionData.map(({ index }) => ({ index, errorCode, baseOffset: -1n })),
    })),
    throttleTimeMs: 0,
  }
}

/** Writes whose answers have an error for each thing that was asked for. */
const NESTED: Readonly<Record<string, (request: unknown, errorCode: number) => unknown>> = {
  OffsetCommit: (request, errorCode) => ({
    throttleTimeMs: 0,
    topics: (request as OffsetCommitRequest).topics.map(({ name, topicId, partitions }) => ({
      name,
      topicId: topicId ?? ZERO_UUID,
      partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode })),
    })),
  }),
  CreateTopics: (request, errorCode) => ({
    throttleTimeMs: 0,
    topics: (request as CreateTopicsRequest).topics.map(({ name }) => ({
      ...{ name, topicId: ZERO_UUID, errorCode, errorMessage: null, topicConfigErrorCode: 0 },
      ...{ numPartitions: -1, replicationFactor: -1, configs: null },
    })),
  }),
  DeleteTopics: (request, errorCode) => {
    const { topics, topicNames } = request as DeleteTopicsRequest
    const named = topicNames.map((name) => ({ name, topicId: ZERO_UUID }))
    const responses = [...topics, ...named].map((topic) => ({ ...topic, errorCode, errorMessage: null }))
    return { throttleTimeMs: 0, responses }
  },
  CreatePartitions: (request, errorCode) => ({
    throttleTimeMs: 0,
    results: (request as CreatePartitionsRequest).topics.map(({ name }) => ({ name, errorCode, errorMessage: null })),
  }),
  DeleteRecords: (request, errorCode) => ({
    throttleTimeMs: 0,
    topics: (request as DeleteRecordsRequest).topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, lowWatermark: -1n, errorCode })),
    })),
  }),
  DeleteGroups: (request, errorCode) => ({
    throttleTimeMs: 0,
    results: (request as DeleteGroupsRequest).groupsNames.map((groupId) => ({ groupId, errorCode })),
  }),
  AlterConfigs: (request, errorCode) => configsError(request as AlterConfigsRequest, errorCode),
  IncrementalAlterConfigs: (request, errorCode) => configsError(request as IncrementalAlterConfigsRequest, errorCode),
}

function configsError(
  { resources }: Pick<AlterConfigsRequest | IncrementalAlterConfigsRequest, 'resources'>,
  errorCode: number,
): unknown {
  const responses = resources.map(({ resourceType, resourceName }) => ({
    ...{ errorCode, errorMessage: null, resourceType, resourceName },
  }))
  return { throttleTimeMs: 0, responses }
}
