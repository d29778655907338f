import { pino } from 'pino'
import pretty from 'pino-pretty'
import type { LogLevels } from '../broker/index.ts'
import { type Logger, systemClock } from '../platform/index.ts'
import { errorFields } from './error-fields.ts'
import { limitedLogger } from './limited-logger.ts'

export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const
export type LogLevel = (typeof logLevels)[number]
export type LogFormat = 'pretty' | 'json'

/** Log lines on stderr: stdout has the one ready line. Written at once, so that the last line before an end is there. */
export function createLogger(
  level: LogLevel,
  format: LogFormat,
): { readonly logger: Logger; readonly levels: LogLevels } {
  const logger = format === 'json' ? jsonLogger(level) : prettyLogger(level)
  return {
    logger: limitedLogger(logger, systemClock),
    levels: {
      read: () => new Map([['root', logger.level.toUpperCase()]]),
      write: (levels) => {
        logger.level = (levels.get('root') ?? level).toLowerCase()
      },
    },
  }
}

const common = { base: null, timestamp: pino.stdTimeFunctions.isoTime, serializers: { err: errorFields } }

/** Levels by name: what reads log lines (Loki, Datadog, Elastic) knows no numbers of pino. */
function jsonLogger(level: LogLevel) {
  const formatters = { level: (label: string) => ({ level: label }) }
  return pino({ ...common, level, formatters }, pino.destination({ fd: 2, sync: true }))
}

function prettyLogger(level: LogLevel) {
  const stream = pretty({
    destination: 2,
    sync: true,
    colorize: process.stderr.isTTY === true,
    translateTime: 'SYS:HH:MM:ss.l',
    messageFormat: (line, key) => printable(String(line[key] ?? '')),
  })
  return pino({ ...common, level }, stream)
}

/** Names that clients choose are in messages, and must not command the terminal. */
function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: it is control characters that go.
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`)
}
