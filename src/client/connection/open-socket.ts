import { connect as connectTcp, isIP } from 'node:net'
import type { Duplex } from 'node:stream'
import type { TLSSocket, ConnectionOptions as TlsOptions } from 'node:tls'
import type { ByteSink } from '../../net/index.ts'
import type { Clock } from '../../platform/index.ts'
import { KafkaError } from '../kafka-error.ts'
import { onAbort } from '../on-abort.ts'
import { type Address, addressText, type ConnectionSettings } from './connection-settings.ts'

export interface OpenSocketOptions {
  readonly address: Address
  readonly settings: Pick<ConnectionSettings, 'tls' | 'connect'>
  readonly clock: Clock
  /** For each address that the name resolves to, for the hook, and for TLS. */
  readonly timeoutMs: number
  readonly signal: AbortSignal
  /** Takes the bytes, from the first on. */
  readonly sink: ByteSink
}

/**
 * A connected byte stream: TCP to the first address of the name that takes it (`client.dns.lookup=use_all_dns_ips`), or what the hook makes; TLS
 * over it.
 * @throws KafkaError CONNECTION_CLOSED, TIMEOUT or TLS_HANDSHAKE_FAILED; the signal's reason
 */
export async function openSocket(options: OpenSocketOptions): Promise<Duplex> {
  const { address, settings, signal } = options
  if (settings.connect !== undefined) return await viaHook(options, settings.connect)
  let last: unknown
  for (const ip of await resolve(address)) {
    signal.throwIfAborted()
    try {
      return await (settings.tls === undefined ? overTcp(options, ip) : overTls(options, { host: ip }))
    } catch (error) {
      signal.throwIfAborted()
      last = error
    }
  }
  throw last
}

/** One read of a socket whose next bytes have no place yet; used by all sockets, one after another. */
const SCRATCH = Buffer.allocUnsafeSlow(64 * 1024)

async function resolve(address: Address): Promise<readonly string[]> {
  if (isIP(address.host) !== 0) return [address.host]
  try {
    const { lookup } = await import('node:dns/promises')
    const found = await lookup(address.host, { all: true, verbatim: true })
    return found.map((entry) => entry.address)
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown'
    throw new KafkaError('CONNECTION_CLOSED', `the name ${address.host} cannot be resolved (${code})`, { cause: error })
  }
}

function overTcp(options: OpenSocketOptions, ip: string): Promise<Duplex> {
  const { address, sink } = options
  const socket = connectTcp({
    host: ip,
    port: address.port,
    noDelay: true,
    keepAlive: true,
    onread: {
      buffer: () => sink.room() ?? SCRATCH,
      callback: (bytes, buffer) => {
        if (buffer === SCRATCH) sink.received(SCRATCH.subarray(0, bytes))
        else sink.filled(bytes)
        return true
      },
    },
  })
  return ready(options, socket, 'connect')
}

/** @param over the address to connect to, or the stream to use */
async function overTls(
  options: OpenSocketOptions,
  over: { readonly host: string } | { readonly socket: Duplex },
): Promise<Duplex> {
  const { address, settings, sink } = options
  // Not loaded with the client: it takes milliseconds.
  const { connect: connectTls } = await import('node:tls')
  const name: TlsOptions = isIP(address.host) === 0 ? { servername: address.host } : { host: address.host }
  const target = 'host' in over ? { port: address.port } : {}
  let socket: TLSSocket
  try {
    socket = connectTls({ ...target, ...name, ...over, ...settings.tls })
  } catch (error) {
    throw new KafkaError('INVALID_CONFIG', `TLS cannot be set up: ${(error as Error).message}`, { cause: error })
  }
  socket.setNoDelay(true)
  socket.setKeepAlive(true)
  socket.on('data', (chunk: Buffer) => sink.received(chunk))
  return await ready(options, socket, 'secureConnect')
}

async function viaHook(options: OpenSocketOptions, connect: NonNullable<ConnectionSettings['connect']>) {
  const { settings, sink } = options
  const stream = await made(options, connect)
  if (settings.tls !== undefined) return overTls(options, { socket: stream })
  stream.on('data', (chunk: Buffer) => sink.received(chunk))
  return stream
}

/** What the hook makes, in its time; what it makes later is destroyed. */
function made(
  { address, clock, timeoutMs, signal }: OpenSocketOptions,
  connect: NonNullable<ConnectionSettings['connect']>,
): Promise<Duplex> {
  const unwanted = new AbortController()
  return new Promise((resolve, reject) => {
    const settle = (): void => {
      timer.cancel()
      forget()
    }
    const giveUp = (reason: unknown): void => {
      settle()
      unwanted.abort(reason)
      reject(reason)
    }
    const timer = clock.at(clock.monotonicMs() + timeoutMs, () => giveUp(tooLate(address, timeoutMs)))
    const forget = onAbort(signal, () => giveUp(signal.reason))
    const making = async (): Promise<Duplex> => connect({ ...address, signal: unwanted.signal })
    making().then(
      (stream) => {
        settle()
        if (unwanted.signal.aborted) stream.on('error', () => {}).destroy()
        else resolve(stream)
      },
      (error: unknown) => {
        settle()
        reject(closedBy(address, error))
      },
    )
  })
}

function ready(
  { address, clock, timeoutMs, signal }: OpenSocketOptions,
  socket: Duplex,
  event: 'connect' | 'secureConnect',
): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const settle = (): void => {
      timer.cancel()
      forget()
      socket.removeListener('error', onError)
      socket.removeListener('close', onClose)
      socket.removeListener(event, onReady)
    }
    const fail = (error: unknown): void => {
      settle()
      socket.on('error', () => {})
      socket.destroy()
      reject(error)
    }
    const onReady = (): void => {
      settle()
      resolve(socket)
    }
    const onError = (error: Error): void => fail(closedBy(address, error))
    const onClose = (): void => fail(closedBy(address, undefined))
    const timer = clock.at(clock.monotonicMs() + timeoutMs, () => fail(tooLate(address, timeoutMs)))
    const forget = onAbort(signal, () => fail(signal.reason))
    socket.once('error', onError)
    socket.once('close', onClose)
    socket.once(event, onReady)
  })
}

function tooLate(address: Address, timeoutMs: number): KafkaError {
  return new KafkaError('TIMEOUT', `no connection to ${addressText(address)} within ${Math.round(timeoutMs)} ms`)
}

/** The error of a connection that could not be made, or that ended. */
export function closedBy(address: Address, error: unknown): KafkaError {
  const where = addressText(address)
  if (error instanceof KafkaError) return error
  if (error === undefined) return new KafkaError('CONNECTION_CLOSED', `${where} closed the connection`)
  const { code = '', message } = error as NodeJS.ErrnoException
  if (isTlsFailure(code)) {
    return new KafkaError('TLS_HANDSHAKE_FAILED', `TLS with ${where} failed: ${message}`, { cause: error })
  }
  if (code === 'ECONNREFUSED') {
    return new KafkaError('CONNECTION_CLOSED', `${where} refuses connections (${code})`, { cause: error })
  }
  return new KafkaError('CONNECTION_CLOSED', `the connection to ${where} failed: ${message}`, { cause: error })
}

/** Certificate and protocol errors of OpenSSL and Node; a connection that ends during the handshake has other codes. */
function isTlsFailure(code: string): boolean {
  return /^(ERR_TLS|ERR_SSL|CERT_|SELF_SIGNED|DEPTH_ZERO|UNABLE_TO_|ERROR_IN_CERT|INVALID_CA|HOSTNAME_MISMATCH|EPROTO)/.test(
    code,
  )
}
