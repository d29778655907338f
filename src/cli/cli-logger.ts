import { createRequire } from 'node:module'
import type * as Pino from 'pino'
import type * as Pretty from 'pino-pretty'
import type { LogLevels } from '../broker/index.ts'
import { type Logger, systemClock } from '../platform/index.ts'
import { errorFields } from './error-fields.ts'
import { limitedLogger } from './limited-logger.ts'
import { type LogFormat, type LogLevel, logLevels } from './log-levels.ts'

const require = createRequire(import.meta.url)

/**
 * Log lines on stderr: stdout has the one ready line. Written at once, so that the last line before an end is there. What writes them is
 * loaded with the first line, or by `load`: many starts at a terminal have none to tell, and loading it costs a fifth of a start.
 */
export function createLogger(
  level: LogLevel,
  format: LogFormat,
): { readonly logger: Logger; readonly levels: LogLevels; readonly load: () => void } {
  let current = level
  let writer: Logger | undefined
  const load = (): Logger => {
    writer ??= limitedLogger(format === 'json' ? jsonWriter() : prettyWriter(), systemClock)
    return writer
  }
  const at =
    (lineLevel: keyof Logger) =>
    (fields: object, message: string): void => {
      if (logLevels.indexOf(lineLevel) < logLevels.indexOf(current)) return
      load()[lineLevel](fields, message)
    }
  return {
    logger: { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') },
    levels: {
      read: () => new Map([['root', current.toUpperCase()]]),
      write: (levels) => {
        current = (levels.get('root')?.toLowerCase() ?? level) as LogLevel
      },
    },
    load,
  }
}

/** Levels by name: what reads log lines (Loki, Datadog, Elastic) knows no numbers of pino. */
function jsonWriter(): Pino.Logger {
  const { pino } = require('pino') as typeof Pino
  const formatters = { level: (label: string) => ({ level: label }) }
  return pino({ ...optionsOf(pino), formatters }, pino.destination({ fd: 2, sync: true }))
}

function prettyWriter(): Pino.Logger {
  const { pino } = require('pino') as typeof Pino
  const { default: pretty } = require('pino-pretty') as typeof Pretty
  const stream = pretty({
    destination: 2,
    sync: true,
    colorize: process.stderr.isTTY === true,
    translateTime: 'SYS:HH:MM:ss.l',
    messageFormat: (line, key) => printable(String(line[key] ?? '')),
  })
  return pino(optionsOf(pino), stream)
}

function optionsOf(pino: typeof Pino.pino) {
  const serializers = { err: errorFields }
  return { level: 'trace', base: null, timestamp: pino.stdTimeFunctions.isoTime, serializers }
}

/** Names that clients choose are in messages, and must not command the terminal. */
function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: it is control characters that go.
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`)
}
