import { createRequire } from 'node:module'
import type * as Pino from 'pino'

const require = createRequire(import.meta.url)

/**
 * An error as the log has it. What the world does to us (a full disk, a taken port, a broken connection) has a code, and where in our
 * program it was noticed helps nobody; a stack is for what is our mistake.
 */
export function errorFields(error: unknown): unknown {
  if (!(error instanceof Error)) return error
  const { code } = error as NodeJS.ErrnoException
  if (typeof code !== 'string') return (require('pino') as typeof Pino).pino.stdSerializers.err(error)
  const { path, cause } = error as NodeJS.ErrnoException
  return {
    type: error.name,
    code,
    message: error.message,
    ...(path !== undefined && { path }),
    ...(cause instanceof Error && cause.message !== error.message && { cause: errorFields(cause) }),
  }
}
