import { createRequire } from 'node:module'
import type * as Pino from 'pino'
import type * as Pretty from 'pino-pretty'
import type { LogLevels } from '../broker/index.ts'
import type { Logger } from '../platform/index.ts'

export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const
export type LogLevel = (typeof logLevels)[number]
export type LogFormat = 'pretty' | 'json'

const require = createRequire(import.meta.url)

/**
 * Log lines on stderr: stdout has the one ready line. Written at once, so that the last line before an end is there. What writes them is
 * loaded with the first line: most starts have none to tell, and loading it costs a fifth of a start.
 */
export function createLogger(
  level: LogLevel,
  format: LogFormat,
): { readonly logger: Logger; readonly levels: LogLevels } {
  let current = level
  let writer: Pino.Logger | undefined
  const at =
    (lineLevel: keyof Logger) =>
    (fields: object, message: string): void => {
      if (logLevels.indexOf(lineLevel) < logLevels.indexOf(current)) return
      writer ??= createWriter(format)
      writer[lineLevel](fields, message)
    }
  return {
    logger: { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') },
    levels: {
      read: () => new Map([['root', current.toUpperCase()]]),
      write: (levels) => {
        current = (levels.get('root')?.toLowerCase() ?? level) as LogLevel
      },
    },
  }
}

function createWriter(format: LogFormat): Pino.Logger {
  const { pino } = require('pino') as typeof Pino
  const options = { level: 'trace', base: null, timestamp: pino.stdTimeFunctions.isoTime }
  if (format === 'json') return pino(options, pino.destination({ fd: 2, sync: true }))
  const { default: pretty } = require('pino-pretty') as typeof Pretty
  const colorize = process.stderr.isTTY === true
  return pino(options, pretty({ destination: 2, sync: true, colorize, translateTime: 'SYS:HH:MM:ss.l' }))
}
