import { pino } from 'pino'
import pretty from 'pino-pretty'
import type { LogLevels } from '../broker/index.ts'
import type { Logger } from '../platform/index.ts'

export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const
export type LogLevel = (typeof logLevels)[number]
export type LogFormat = 'pretty' | 'json'

/** Log lines on stderr: stdout has the one ready line. Written at once, so that the last line before an end is there. */
export function createLogger(
  level: LogLevel,
  format: LogFormat,
): { readonly logger: Logger; readonly levels: LogLevels } {
  const options = { level, base: null, timestamp: pino.stdTimeFunctions.isoTime }
  const stream =
    format === 'json'
      ? pino.destination({ fd: 2, sync: true })
      : pretty({ destination: 2, sync: true, colorize: process.stderr.isTTY === true, translateTime: 'SYS:HH:MM:ss.l' })
  const logger = pino(options, stream)
  return {
    logger,
    levels: {
      read: () => new Map([['root', logger.level.toUpperCase()]]),
      write: (levels) => {
        logger.level = (levels.get('root') ?? level).toLowerCase()
      },
    },
  }
}
