import { type Api, apis, ErrorCode } from '../../wire/index.ts'
import { errorOfCode, KafkaError } from '../kafka-error.ts'
import type { ApiRange, Exchange } from './api-versions.ts'
import { type Address, addressText, type SaslSettings } from './connection-settings.ts'
import { saslClient } from './sasl-client.ts'

export interface AuthenticateOptions {
  readonly sasl: SaslSettings
  readonly address: Address
  readonly exchange: Exchange
  rangeOf(apiKey: number): ApiRange | undefined
}

/**
 * Authenticates the connection, at first or again (KIP-43, KIP-152, KIP-368).
 * @returns how long the session lasts; 0 = for ever
 * @throws KafkaError SASL_AUTHENTICATION_FAILED, UNSUPPORTED_SASL_MECHANISM
 */
export async function authenticate(options: AuthenticateOptions): Promise<{ readonly sessionLifetimeMs: number }> {
  const { sasl, address, exchange } = options
  const handshake = apis.SaslHandshake as unknown as Api<never, { mechanism: string }, HandshakeAnswer, never>
  const offered = await exchange(handshake, 1, { mechanism: sasl.mechanism })
  if (offered.errorCode === ErrorCode.UNSUPPORTED_SASL_MECHANISM) {
    const known = offered.mechanisms.join(', ')
    const message = `${addressText(address)} does not take ${sasl.mechanism}; it has ${known === '' ? 'none' : known}`
    throw new KafkaError('UNSUPPORTED_SASL_MECHANISM', message)
  }
  const error = errorOfCode(offered.errorCode, { what: 'SaslHandshake' })
  if (error !== undefined) throw error
  const api = apis.SaslAuthenticate as unknown as Api<never, { authBytes: Buffer }, AuthenticateAnswer, never>
  const version = Math.min(options.rangeOf(api.key)?.max ?? 0, api.request.highestVersion)
  const client = saslClient(sasl)
  let sessionLifetimeMs = 0
  let toSend: Buffer | undefined = await client.first()
  while (toSend !== undefined) {
    const answer: AuthenticateAnswer = await exchange(api, version, { authBytes: toSend })
    const refused = errorOfCode(answer.errorCode, {
      what: `${addressText(address)} refuses the credentials`,
      brokerMessage: answer.errorMessage,
    })
    if (refused !== undefined) throw client.refusal === undefined ? refused : withDetail(refused, client.refusal)
    sessionLifetimeMs = Number(answer.sessionLifetimeMs)
    toSend = await client.next(answer.authBytes)
  }
  return { sessionLifetimeMs }
}

function withDetail(error: KafkaError, detail: string): KafkaError {
  return new KafkaError(error.code, `${error.message}: ${detail}`, { cause: error })
}

interface HandshakeAnswer {
  readonly errorCode: number
  readonly mechanisms: readonly string[]
}

interface AuthenticateAnswer {
  readonly errorCode: number
  readonly errorMessage: string | null
  readonly authBytes: Buffer
  readonly sessionLifetimeMs: bigint
}
