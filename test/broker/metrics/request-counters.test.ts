import { expect, test } from 'vitest'
import { errorCodeVisitor } from '../../../src/broker/server/error-codes.ts'
import { RequestCounters } from '../../../src/broker/server/request-counters.ts'
import { type Api, apiByKey, apis, ErrorCode } from '../../../src/wire/index.ts'

function codesOf(api: keyof typeof apis, response: object): number[] {
  const codes: number[] = []
  errorCodeVisitor(apis[api].response.fields)(response, { errorCode: (code) => codes.push(code) })
  return codes
}

test('every error code of an answer counts, at its top and in its parts, as in Kafka', () => {
  const partition = (index: number, errorCode: number) => ({ index, errorCode, baseOffset: 0n })
  expect(
    codesOf('Produce', {
      responses: [
        { name: 'a', partitionResponses: [partition(0, 0), partition(1, ErrorCode.KAFKA_STORAGE_ERROR)] },
        { name: 'b', partitionResponses: [partition(0, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)] },
      ],
    }),
  ).toEqual([56, 3])
  expect(codesOf('Fetch', { errorCode: 70, responses: [] })).toEqual([70])
  expect(codesOf('Heartbeat', { throttleTimeMs: 0, errorCode: ErrorCode.REBALANCE_IN_PROGRESS })).toEqual([27])
  expect(codesOf('OffsetFetch', { groups: [{ groupId: 'g', topics: null, errorCode: 16 }] })).toEqual([16])
})

test('what a handler leaves out is no error', () => {
  expect(codesOf('Produce', { responses: [{ name: 'a', partitionResponses: [{ index: 0 }] }] })).toEqual([])
  expect(codesOf('Fetch', { throttleTimeMs: 0 })).toEqual([])
})

test('in the answers of every API all of them are found', () => {
  for (const api of apiByKey.values()) {
    const { value, codes } = filled(api.response.fields as FieldsOfTest)
    expect(codesOf(api.name, value), api.name).toEqual(new Array(codes).fill(1))
  }
})

type FieldsOfTest = {
  readonly [name: string]: { readonly type: string; readonly element?: { readonly fields?: FieldsOfTest } }
}

/** A value with one element in each array and code 1 in each place for one. */
function filled(fields: FieldsOfTest): { readonly value: object; readonly codes: number } {
  const value: Record<string, unknown> = {}
  let codes = 0
  for (const [name, { type, element }] of Object.entries(fields)) {
    if (name === 'errorCode') {
      value[name] = 1
      codes++
    } else if (type === 'array') {
      const inner = element?.fields === undefined ? undefined : filled(element.fields)
      value[name] = inner === undefined ? [] : [inner.value]
      codes += inner?.codes ?? 0
    }
  }
  return { value, codes }
}

test('requests are counted by version, bytes with their size prefix, durations when the answer leaves', () => {
  const counters = new RequestCounters(apis.Heartbeat as unknown as Api)
  counters.arrived(4, 96)
  counters.arrived(4, 96)
  counters.arrived(0, 50)
  counters.answered({ errorCode: ErrorCode.UNKNOWN_MEMBER_ID }, 20)
  counters.answerLeft(3)
  const metrics = counters.metrics()
  expect(metrics).toMatchObject({ api: 'Heartbeat', requestBytes: 254, responseBytes: 20 })
  expect([...metrics.requestsByVersion]).toEqual([
    [0, 1],
    [4, 2],
  ])
  expect([...metrics.errors]).toEqual([['UNKNOWN_MEMBER_ID', 1]])
  expect(metrics.durations).toMatchObject({ count: 1, sumSeconds: 0.003 })
})
