import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'vitest'
import type { ErrorName } from '../../src/wire/index.ts'
import {
  ApiKey,
  apiByKey,
  apis,
  apiVersions,
  apiVersionsResponse,
  decodeRequestBody,
  decodeRequestHeader,
  decodeResponse,
  ErrorCode,
  encodeRequestFrame,
  encodeResponseFrame,
  errorMessage,
  errorName,
  isRetriable,
  UnsupportedRequestError,
} from '../../src/wire/index.ts'

function frameOf(chunks: Buffer[]): Buffer {
  const bytes = Buffer.concat(chunks)
  assert.equal(bytes.readInt32BE(0), bytes.length - 4)
  return bytes.subarray(4)
}

describe('APIs', () => {
  test('every key has a request and a response of its own, with the same versions', () => {
    assert.equal(apiByKey.size, 89)
    for (const [key, { name, request, response }] of apiByKey) {
      assert.equal(ApiKey[name], key)
      assert.deepEqual([request.name, response.name], [`${name}Request`, `${name}Response`])
      assert.deepEqual(
        [request.apiKey, response.apiKey, request.type, response.type],
        [key, key, 'request', 'response'],
      )
      assert.deepEqual(
        [request.lowestVersion, request.highestVersion],
        [response.lowestVersion, response.highestVersion],
      )
      assert.deepEqual(apiVersions[name], [request.lowestVersion, request.highestVersion])
    }
  })

  test.each([0, 3, 4])('a Heartbeat of version %i goes there and back', (version) => {
    const api = apis.Heartbeat
    const body = { groupId: 'g', generationId: 3, memberId: 'm-1', groupInstanceId: version < 3 ? null : 'i' }
    const frame = frameOf(encodeRequestFrame({ api, version, correlationId: 77, clientId: 'me', body }))
    const header = decodeRequestHeader(frame)
    assert.equal(header.api, apiByKey.get(ApiKey.Heartbeat))
    assert.deepEqual(
      [header.apiKey, header.apiVersion, header.correlationId, header.clientId],
      [ApiKey.Heartbeat, version, 77, 'me'],
    )
    assert.deepEqual(decodeRequestBody(frame, header), body)
    const answer = { throttleTimeMs: 0, errorCode: ErrorCode.REBALANCE_IN_PROGRESS }
    const response = frameOf(encodeResponseFrame(api, version, 77, answer))
    assert.deepEqual(decodeResponse(api, version, response), { correlationId: 77, body: answer })
  })

  test('the answer to ApiVersions has header version 0 in every version (KIP-511)', () => {
    const api = apis.ApiVersions
    const answer = { errorCode: 0, apiKeys: [{ apiKey: 18, minVersion: 0, maxVersion: 4 }], throttleTimeMs: 0 }
    const frame = frameOf(encodeResponseFrame(api, 4, 5, answer))
    assert.deepEqual(frame.subarray(4), apiVersionsResponse.encode(answer, 4))
  })

  test('an unknown key or version is told with what is needed for an answer', () => {
    const unknownKey = Buffer.from('7fff0000' + '00000007' + 'ffff', 'hex')
    const unknownVersion = Buffer.from('00120063' + '00000008' + 'ffff00', 'hex')
    const errorOf = (frame: Buffer) => {
      try {
        return decodeRequestHeader(frame)
      } catch (error) {
        assert.ok(error instanceof UnsupportedRequestError)
        return [error.code, error.apiKey, error.apiVersion, error.correlationId]
      }
    }
    assert.deepEqual(errorOf(unknownKey), ['UNSUPPORTED_API', 32767, 0, 7])
    assert.deepEqual(errorOf(unknownVersion), ['UNSUPPORTED_VERSION', 18, 99, 8])
  })
})

describe('error codes', () => {
  test('names, codes, messages and retriability are those of Kafka 4.2', () => {
    const url = new URL('../facts/kafka-4.2-errors.tsv', import.meta.url)
    const lines = readFileSync(url, 'utf8').trimEnd().split('\n')
    const ours = Object.keys(ErrorCode).map((key) => {
      const name = key as ErrorName
      return [ErrorCode[name], name, isRetriable(name), errorMessage(name)].join('\t')
    })
    assert.deepEqual(ours, lines)
  })

  test('a code that Kafka 4.2 does not have reads as UNKNOWN_SERVER_ERROR', () => {
    assert.equal(errorName(ErrorCode.REBALANCE_IN_PROGRESS), 'REBALANCE_IN_PROGRESS')
    assert.equal(errorName(4242), 'UNKNOWN_SERVER_ERROR')
  })
})
