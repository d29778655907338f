import { type ErrorName, errorMessage, errorName, isRetriable } from '../wire/index.ts'

/**
 * What to do about an error:
 * - `retriable`: the same call may succeed later; the client has retried as long as its timeouts allow.
 * - `fenced`: the group, or the producer id, has moved on without this client: join again or stop, do not retry.
 * - `invalid`: the call, the configuration or the data is wrong, and will be wrong again.
 * - `unauthorized`: credentials or permissions are missing.
 * - `closed`: this client was closed.
 * - `bug`: of this client or of the broker; please report it.
 */
export type KafkaErrorKind = 'retriable' | 'fenced' | 'invalid' | 'unauthorized' | 'closed' | 'bug'

/** Failures that no broker answers, with what to do about them. */
const clientCodes = {
  /** No answer, or not everything done, in the time allowed. */
  TIMEOUT: 'retriable',
  /** The connection could not be made, or ended before the answer. A request may have been done all the same. */
  CONNECTION_CLOSED: 'retriable',
  /** TLS could not be agreed on: certificates, protocol versions, or a listener without TLS. */
  TLS_HANDSHAKE_FAILED: 'unauthorized',
  /** The peer sends what is no Kafka protocol, or not the one that was agreed on. */
  MALFORMED_ANSWER: 'bug',
  /** The client, or the part of it that was used, was closed. */
  CLOSED: 'closed',
  /** The call does not fit the state: `subscribe` after `assign`, a commit without a group. */
  INVALID_STATE: 'invalid',
  /** An argument has a wrong type or value. */
  INVALID_ARGUMENT: 'invalid',
  /** A serializer refused a key, a value or a header. */
  SERIALIZATION_FAILED: 'invalid',
  /** A record cannot be decoded; the error names topic, partition and offset. */
  DESERIALIZATION_FAILED: 'invalid',
  /** No committed offset and `autoOffsetReset: 'none'`. */
  NO_OFFSET_FOR_PARTITION: 'invalid',
  /** The application did not ask for records within `maxPollIntervalMs`. */
  MAX_POLL_INTERVAL_EXCEEDED: 'fenced',
} as const satisfies { readonly [code: string]: KafkaErrorKind }

export type ClientErrorCode = keyof typeof clientCodes
export type KafkaErrorCode = Exclude<ErrorName, 'NONE'> | ClientErrorCode

export interface KafkaErrorOptions {
  readonly cause?: unknown
  /** Default: what the code means as a rule. */
  readonly kind?: KafkaErrorKind
}

/**
 * The only error the client throws; an aborted wait rejects with the signal's reason instead. Switch on `kind`, or on `code`; `message` is
 * for people and may change.
 */
export class KafkaError extends Error {
  readonly code: KafkaErrorCode
  readonly kind: KafkaErrorKind

  /** @param message default: Kafka's own sentence for the code */
  constructor(code: KafkaErrorCode, message?: string, { cause, kind }: KafkaErrorOptions = {}) {
    const sentence = message ?? (isClientCode(code) ? code : errorMessage(code))
    super(sentence, cause === undefined ? undefined : { cause })
    this.name = 'KafkaError'
    this.code = code
    this.kind = kind ?? kindOf(code)
  }

  get isRetriable(): boolean {
    return this.kind === 'retriable'
  }
}

/** The error of a code in an answer; undefined for 0. `message` stands before Kafka's sentence, or the broker's own where it gave one. */
export function errorOfCode(
  code: number,
  { what, brokerMessage }: { readonly what?: string; readonly brokerMessage?: string | null } = {},
): KafkaError | undefined {
  if (code === 0) return undefined
  const name = errorName(code) as Exclude<ErrorName, 'NONE'>
  const sentence = brokerMessage ?? errorMessage(name)
  return new KafkaError(name, what === undefined ? sentence : `${what}: ${sentence} (${name})`)
}

export function kindOf(code: KafkaErrorCode): KafkaErrorKind {
  if (isClientCode(code)) return clientCodes[code]
  if (isRetriable(code)) return 'retriable'
  if (fenced.has(code)) return 'fenced'
  if (unauthorized.has(code)) return 'unauthorized'
  return code === 'UNKNOWN_SERVER_ERROR' ? 'bug' : 'invalid'
}

function isClientCode(code: KafkaErrorCode): code is ClientErrorCode {
  return Object.hasOwn(clientCodes, code)
}

const fenced: ReadonlySet<ErrorName> = new Set([
  'ILLEGAL_GENERATION',
  'UNKNOWN_MEMBER_ID',
  'REBALANCE_IN_PROGRESS',
  'FENCED_INSTANCE_ID',
  'UNRELEASED_INSTANCE_ID',
  'FENCED_MEMBER_EPOCH',
  'STALE_MEMBER_EPOCH',
  'INVALID_PRODUCER_EPOCH',
  'PRODUCER_FENCED',
  'TRANSACTION_COORDINATOR_FENCED',
] satisfies ErrorName[])

const unauthorized: ReadonlySet<ErrorName> = new Set([
  'TOPIC_AUTHORIZATION_FAILED',
  'GROUP_AUTHORIZATION_FAILED',
  'CLUSTER_AUTHORIZATION_FAILED',
  'TRANSACTIONAL_ID_AUTHORIZATION_FAILED',
  'DELEGATION_TOKEN_AUTHORIZATION_FAILED',
  'SASL_AUTHENTICATION_FAILED',
  'UNSUPPORTED_SASL_MECHANISM',
  'ILLEGAL_SASL_STATE',
  'SECURITY_DISABLED',
] satisfies ErrorName[])
