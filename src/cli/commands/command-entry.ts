import { Command } from 'commander'

/** What `kohort` runs without a word. */
export const DEFAULT_COMMAND = 'broker'

/**
 * A word of the command line: a command, or a family of them (`kohort groups …`). Only the file of the command that runs is loaded, so that no
 * command makes another's start slower.
 */
export type CommandEntry =
  | {
      readonly name: string
      /** One line for --help, in lower case, without a full stop. */
      readonly summary: string
      /** `async () => (await import('./groups/list.ts')).listGroupsCommand()`: a Command with its options and its action, without a name. */
      load(): Promise<Command>
    }
  | { readonly name: string; readonly summary: string; readonly commands: readonly CommandEntry[] }

/** The commands of one level: that of the next word as it is, the others with their name and summary only. `'all'` loads every one. */
export async function addEntries(
  parent: Command,
  entries: readonly CommandEntry[],
  words: readonly string[] | 'all',
  defaultName?: string,
): Promise<void> {
  for (const entry of entries) {
    const isNext = words === 'all' || words[0] === entry.name
    const command = isNext && 'load' in entry ? await entry.load() : new Command()
    command.name(entry.name).description(entry.summary).helpCommand(false)
    command.exitOverride().showHelpAfterError('(--help shows all options)')
    if ('commands' in entry && isNext)
      await addEntries(command, entry.commands, words === 'all' ? words : words.slice(1))
    parent.addCommand(command, { isDefault: entry.name === defaultName })
  }
}
