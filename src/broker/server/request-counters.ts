import type { AnswerObserver } from '../../net/index.ts'
import { DurationHistogram, type DurationSnapshot } from '../../platform/index.ts'
import { type Api, ErrorCode, type ErrorName, errorName } from '../../wire/index.ts'
import { type ErrorCodeListener, errorCodeVisitor, type VisitErrorCodes } from './error-codes.ts'

/** What the requests of one API came to. */
export interface ApiMetrics {
  /** 'Produce'. */
  readonly api: string
  /** Requests by version, those that wait for their answer included. */
  readonly requestsByVersion: ReadonlyMap<number, number>
  /** Error codes in answers, NONE left out: one answer may have many, one for each partition or member. */
  readonly errors: ReadonlyMap<ErrorName, number>
  /** From the arrival of a request to the moment its answer leaves, waiting included: long polls and joins take as long as they wait. */
  readonly durations: DurationSnapshot
  /** Of frames, with their sizes. */
  readonly requestBytes: number
  readonly responseBytes: number
}

/** 0.1 ms to 30 s: from a heartbeat to a long rebalance. */
const BOUNDS_MS = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000]
const LOWEST_CODE = ErrorCode.UNKNOWN_SERVER_ERROR
const CODE_COUNT = Math.max(...Object.values(ErrorCode)) - LOWEST_CODE + 1
const SIZE_PREFIX_BYTES = 4

/** Counters of one API. They are on the way of every request: numbers and typed arrays, nothing is allocated. */
export class RequestCounters implements AnswerObserver, ErrorCodeListener {
  readonly #api: Api
  readonly #versions: Float64Array
  readonly #codes = new Float64Array(CODE_COUNT)
  readonly #durations = new DurationHistogram(BOUNDS_MS)
  readonly #visitErrorCodes: VisitErrorCodes
  #requestBytes = 0
  #responseBytes = 0

  constructor(api: Api) {
    this.#api = api
    this.#versions = new Float64Array(api.request.highestVersion + 1)
    this.#visitErrorCodes = errorCodeVisitor(api.response.fields)
  }

  /** @param frameBytes without the size prefix. */
  arrived(version: number, frameBytes: number): void {
    this.#versions[version]!++
    this.#requestBytes += frameBytes + SIZE_PREFIX_BYTES
  }

  answered(response: unknown, responseBytes: number): void {
    this.#responseBytes += responseBytes
    this.#visitErrorCodes(response, this)
  }

  answerLeft(durationMs: number): void {
    this.#durations.observe(durationMs)
  }

  errorCode(code: number): void {
    this.#codes[code - LOWEST_CODE]!++
  }

  metrics(): ApiMetrics {
    const errors = new Map<ErrorName, number>()
    for (const [index, count] of this.#codes.entries()) {
      const code = index + LOWEST_CODE
      if (count > 0) errors.set(errorName(code), count)
    }
    return {
      api: this.#api.name,
      requestsByVersion: new Map([...this.#versions.entries()].filter(([, count]) => count > 0)),
      errors,
      durations: this.#durations.snapshot(),
      requestBytes: this.#requestBytes,
      responseBytes: this.#responseBytes,
    }
  }
}
