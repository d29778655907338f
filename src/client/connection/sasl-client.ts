import {
  clientFirstBare,
  isServerProven,
  parseServerFirst,
  type ScramMechanism,
  scramProof,
} from '../../net/sasl/index.ts'
import { KafkaError } from '../kafka-error.ts'
import type { OAuthToken, SaslSettings } from './connection-settings.ts'

/** One side of a SASL exchange. */
export interface SaslClient {
  first(): Promise<Buffer>
  /** What answers the server's bytes; undefined when all is said. @throws KafkaError SASL_AUTHENTICATION_FAILED */
  next(challenge: Buffer): Promise<Buffer | undefined>
  /** What the server said against us in the words of the mechanism, before it refused. */
  readonly refusal: string | undefined
}

export function saslClient(sasl: SaslSettings): SaslClient {
  switch (sasl.mechanism) {
    case 'PLAIN':
      return plain(sasl.username, sasl.password)
    case 'SCRAM-SHA-256':
    case 'SCRAM-SHA-512':
      return new Scram(sasl.mechanism, sasl.username, sasl.password)
    case 'OAUTHBEARER':
      return new OAuthBearer(sasl.token)
  }
}

type Password = string | (() => string | Promise<string>)

/** RFC 4616. */
function plain(username: string, password: Password): SaslClient {
  return {
    refusal: undefined,
    first: async () => Buffer.from(`\0${username}\0${await passwordOf(password)}`),
    next: async () => undefined,
  }
}

class Scram implements SaslClient {
  readonly refusal = undefined
  readonly #mechanism: ScramMechanism
  readonly #password: Password
  readonly #nonce = process.getBuiltinModule('node:crypto').randomBytes(18).toString('base64url')
  readonly #first: string
  #serverSignature: Buffer | undefined

  constructor(mechanism: ScramMechanism, username: string, password: Password) {
    this.#mechanism = mechanism
    this.#password = password
    this.#first = clientFirstBare({ username, nonce: this.#nonce })
  }

  async first(): Promise<Buffer> {
    return Buffer.from(`n,,${this.#first}`)
  }

  async next(challenge: Buffer): Promise<Buffer | undefined> {
    const text = challenge.toString('utf8')
    try {
      if (this.#serverSignature !== undefined) {
        if (!isServerProven(text, this.#serverSignature)) throw new Error('the server does not know the password')
        return undefined
      }
      const parsed = parseServerFirst(text, this.#nonce)
      const { clientFinal, serverSignature } = await scramProof(this.#mechanism, {
        password: await passwordOf(this.#password),
        clientFirstBare: this.#first,
        serverFirst: text,
        parsed,
      })
      this.#serverSignature = serverSignature
      return Buffer.from(clientFinal)
    } catch (error) {
      if (error instanceof KafkaError) throw error
      const message = `${this.#mechanism} failed: ${(error as Error).message}`
      throw new KafkaError('SASL_AUTHENTICATION_FAILED', message, { cause: error })
    }
  }
}

/** RFC 7628. */
class OAuthBearer implements SaslClient {
  readonly #token: () => OAuthToken | Promise<OAuthToken>
  #refusal: string | undefined

  constructor(token: () => OAuthToken | Promise<OAuthToken>) {
    this.#token = token
  }

  get refusal(): string | undefined {
    return this.#refusal
  }

  async first(): Promise<Buffer> {
    let token: OAuthToken
    try {
      token = await this.#token()
    } catch (error) {
      const message = `no token for OAUTHBEARER: ${(error as Error).message}`
      throw new KafkaError('SASL_AUTHENTICATION_FAILED', message, { cause: error })
    }
    const extensions = Object.entries(token.extensions ?? {}).map(([key, value]) => `${key}=${value}\x01`)
    return Buffer.from(`n,,\x01auth=Bearer ${token.value}\x01${extensions.join('')}\x01`)
  }

  /** Empty after success. After a refusal its reason in JSON, which is to be answered by one byte before the server refuses as others do. */
  async next(challenge: Buffer): Promise<Buffer | undefined> {
    if (challenge.length === 0) return undefined
    this.#refusal = challenge.toString('utf8')
    return Buffer.from('\x01')
  }
}

async function passwordOf(password: Password): Promise<string> {
  if (typeof password === 'string') return password
  try {
    return await password()
  } catch (error) {
    throw new KafkaError('SASL_AUTHENTICATION_FAILED', `no password: ${(error as Error).message}`, { cause: error })
  }
}
