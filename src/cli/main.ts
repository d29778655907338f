import { Command, CommanderError } from 'commander'
import { addEntries, type CommandEntry, commandEntries, DEFAULT_COMMAND } from './commands/index.ts'
import { describeFailure, ExitCode, UsageError } from './exit-code.ts'
import { packageVersion } from './package-version.ts'

/** The command line. Failures end the process with one sentence on stderr and an exit code of `ExitCode`. */
export async function main(argv: readonly string[]): Promise<void> {
  // A reader of the ready line that has gone is no reason to stop a broker.
  process.stdout.on('error', () => {})
  process.stderr.on('error', () => {})
  try {
    const kohort = await program(argv.slice(2))
    await kohort.parseAsync(argv)
  } catch (error) {
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode === 0 ? ExitCode.OK : ExitCode.USAGE
      return
    }
    const { exitCode, message } = describeFailure(error)
    process.stderr.write(`kohort: ${message}\n`)
    process.exit(exitCode)
  }
}

async function program(words: readonly string[]): Promise<Command> {
  const kohort = new Command('kohort')
    .description('A Kafka-compatible broker in one process: consumer groups that are easy to run.')
    .version(packageVersion(), '--version')
    .helpCommand(false)
    .exitOverride()
    .showHelpAfterError('(--help shows all options)')
  const isDefault = words[0] === undefined || words[0].startsWith('-')
  if (!isDefault) await refuseUnknownCommand(words[0]!, commandEntries)
  await addEntries(kohort, commandEntries, isDefault ? [DEFAULT_COMMAND] : words, DEFAULT_COMMAND)
  const broker = kohort.commands.find((command) => command.name() === DEFAULT_COMMAND)!
  if (isDefault) kohort.addHelpText('after', () => `\n${broker.helpInformation()}`)
  return kohort
}

/** Before anything is parsed: commander would take the word for an argument of the broker, and blame the options behind it. */
async function refuseUnknownCommand(word: string, entries: readonly CommandEntry[]): Promise<void> {
  const names = entries.map(({ name }) => name)
  if (names.includes(word)) return
  const { nearest } = await import('../client/config/index.ts')
  const near = nearest(word, names)
  const hint = near === undefined ? 'kohort --help shows all commands' : `did you mean kohort ${near}?`
  throw new UsageError(`There is no command ${word}; ${hint}${near === undefined ? '.' : ''}`)
}
