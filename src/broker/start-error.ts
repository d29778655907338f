import { LogOpenError } from '../log/index.ts'
import { ReplayError } from './log-records.ts'
import { MetadataWriteError, WrongNodeError } from './metadata/metadata-log.ts'
import { NewerFormatError } from './metadata/records.ts'

/**
 * Why a broker did not start, in one sentence for people. `kind` says what to do: free the address, stop the other process, mend the
 * configs, start the newer program, repair the data (`recover: 'truncate'`), look at the disk.
 */
export class BrokerStartError extends Error {
  readonly kind: 'bad-config' | 'address' | 'locked' | 'newer-format' | 'corrupt' | 'storage'

  constructor(kind: BrokerStartError['kind'], message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'BrokerStartError'
    this.kind = kind
  }
}

/** Why an address cannot be listened on. */
export function listenError(
  error: unknown,
  /** `option` is what the address was given by. */
  address: { readonly host: string; readonly port: number; readonly option: string },
): Error {
  if (error instanceof BrokerStartError || !(error instanceof Error)) return error as Error
  return new BrokerStartError('address', addressSentence(error, address), { cause: error })
}

export function startError(error: unknown): Error {
  if (error instanceof BrokerStartError || !(error instanceof Error)) return error as Error
  const cause = { cause: error }
  if (error instanceof LogOpenError) return new BrokerStartError(kindOfLogError[error.code], logSentence(error), cause)
  if (error instanceof ReplayError) return new BrokerStartError('corrupt', sentence(error.message), cause)
  if (error instanceof NewerFormatError) return new BrokerStartError('newer-format', sentence(error.message), cause)
  if (error instanceof WrongNodeError) return new BrokerStartError('bad-config', sentence(error.message), cause)
  if (error instanceof MetadataWriteError) return new BrokerStartError('storage', sentence(error.message), cause)
  return error
}

const kindOfLogError: Readonly<Record<LogOpenError['code'], BrokerStartError['kind']>> = {
  LOCKED: 'locked',
  NEWER_FORMAT: 'newer-format',
  FOREIGN_FOLDER: 'bad-config',
  CORRUPT: 'corrupt',
  NO_SPACE: 'storage',
  IO: 'storage',
}

function logSentence({ code, message, canTruncate }: LogOpenError): string {
  switch (code) {
    case 'CORRUPT':
      return canTruncate ? `${capitalized(message)}; --recover truncate starts without it.` : sentence(message)
    case 'NO_SPACE':
      return `The disk of the data folder is full (${message}).`
    case 'IO':
      return `The data folder cannot be read or written (${message}).`
    case 'LOCKED':
    case 'NEWER_FORMAT':
    case 'FOREIGN_FOLDER':
      return sentence(message)
  }
}

function addressSentence(
  error: NodeJS.ErrnoException,
  { host, port, option }: { readonly host: string; readonly port: number; readonly option: string },
): string {
  const address = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
  switch (error.code) {
    case 'EADDRINUSE':
      return `The address ${address} is taken by another process: stop it, or choose another port with ${option}.`
    case 'EACCES':
      return `This user may not listen on ${address}: choose a port above 1023.`
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAFNOSUPPORT':
      return `This machine has no address ${host}: choose one of its own, or 0.0.0.0 for all.`
    default:
      return `Cannot listen on ${address}: ${error.message}.`
  }
}

function sentence(text: string): string {
  return `${capitalized(text)}${text.endsWith('.') ? '' : '.'}`
}

function capitalized(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`
}
