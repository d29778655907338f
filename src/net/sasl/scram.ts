/** Not loaded with whoever may use it: it takes milliseconds, and most processes authenticate nobody. */
const crypto = () => process.getBuiltinModule('node:crypto')

/** SCRAM (RFC 5802, RFC 7677) in Kafka's two kinds: messages and proofs as values, for both ends. */
export type ScramMechanism = 'SCRAM-SHA-256' | 'SCRAM-SHA-512'

/** Fewer cannot be asked for by Kafka's own brokers. */
export const SCRAM_ITERATIONS_MIN = 4096
/** More would let a server keep its client busy for minutes. */
export const SCRAM_ITERATIONS_MAX = 10_000_000

export interface ScramServerFirst {
  readonly nonce: string
  readonly salt: Buffer
  readonly iterations: number
}

/** `n,,n=user,r=nonce` without its channel binding header `n,,`. */
export function clientFirstBare({ username, nonce }: { readonly username: string; readonly nonce: string }): string {
  return `n=${escapeName(username)},r=${nonce}`
}

/** @throws Error on anything but `r=…,s=…,i=…` with a nonce that begins with the client's */
export function parseServerFirst(text: string, clientNonce: string): ScramServerFirst {
  const values = attributes(text)
  const nonce = values.get('r') ?? ''
  const iterations = Number(values.get('i'))
  if (values.has('m')) throw new Error('the server wants an extension that is not known')
  if (!nonce.startsWith(clientNonce) || nonce.length === clientNonce.length) throw new Error('the nonce is not ours')
  if (!Number.isInteger(iterations) || iterations < SCRAM_ITERATIONS_MIN || iterations > SCRAM_ITERATIONS_MAX) {
    throw new Error(`${values.get('i')} iterations are outside of ${SCRAM_ITERATIONS_MIN} to ${SCRAM_ITERATIONS_MAX}`)
  }
  const salt = Buffer.from(values.get('s') ?? '', 'base64')
  if (salt.length === 0) throw new Error('there is no salt')
  return { nonce, salt, iterations }
}

/** What the client proves, and what the server proves in turn. */
export interface ScramProof {
  /** The client's last message: `c=biws,r=nonce,p=proof`. */
  readonly clientFinal: string
  readonly serverSignature: Buffer
}

/** Names and passwords are taken as they are: Kafka prepares no strings. The password's hash is made in a thread of libuv: thousands of iterations do not hold up the event loop. */
export async function scramProof(
  mechanism: ScramMechanism,
  exchange: {
    readonly password: string
    readonly clientFirstBare: string
    readonly serverFirst: string
    readonly parsed: ScramServerFirst
  },
): Promise<ScramProof> {
  const { digest, bytes } = hashes[mechanism]
  const { salt, iterations, nonce } = exchange.parsed
  const { createHash, createHmac, pbkdf2 } = crypto()
  const salted = await new Promise<Buffer>((resolve, reject) => {
    pbkdf2(exchange.password, salt, iterations, bytes, digest, (error, key) => (error ? reject(error) : resolve(key)))
  })
  const hmac = (key: Buffer, text: string): Buffer => createHmac(digest, key).update(text).digest()
  const clientKey = hmac(salted, 'Client Key')
  const storedKey = createHash(digest).update(clientKey).digest()
  const withoutProof = `c=biws,r=${nonce}`
  const authMessage = `${exchange.clientFirstBare},${exchange.serverFirst},${withoutProof}`
  const signature = hmac(storedKey, authMessage)
  const proof = Buffer.alloc(bytes)
  for (let i = 0; i < bytes; i++) proof[i] = clientKey[i]! ^ signature[i]!
  return {
    clientFinal: `${withoutProof},p=${proof.toString('base64')}`,
    serverSignature: hmac(hmac(salted, 'Server Key'), authMessage),
  }
}

/** Whether the server's last message (`v=signature`) shows that it knows the password too. @throws Error with what it says in `e=` */
export function isServerProven(serverFinal: string, expected: Buffer): boolean {
  const values = attributes(serverFinal)
  const refusal = values.get('e')
  if (refusal !== undefined) throw new Error(refusal)
  const signature = Buffer.from(values.get('v') ?? '', 'base64')
  return signature.length === expected.length && crypto().timingSafeEqual(signature, expected)
}

const hashes = {
  'SCRAM-SHA-256': { digest: 'sha256', bytes: 32 },
  'SCRAM-SHA-512': { digest: 'sha512', bytes: 64 },
} as const

function escapeName(name: string): string {
  return name.replaceAll('=', '=3D').replaceAll(',', '=2C')
}

function attributes(text: string): ReadonlyMap<string, string> {
  return new Map(text.split(',').map((part) => [part.slice(0, 1), part.slice(2)]))
}
