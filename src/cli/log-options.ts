import { Option } from 'commander'
import { logLevels } from './log-levels.ts'

/** `--log-level`, of the commands that run until they are stopped. */
export function logLevelOption(): Option {
  return new Option('--log-level <level>', 'least important log lines to show')
    .choices([...logLevels])
    .default('info')
    .env('KOHORT_LOG_LEVEL')
}

/** `--log-format`, beside it. */
export function logFormatOption(): Option {
  return new Option(
    '--log-format <format>',
    'form of the log lines on stderr (default: pretty on a terminal, else json)',
  )
    .choices(['pretty', 'json'])
    .env('KOHORT_LOG_FORMAT')
}
