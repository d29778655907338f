import { Argument, Command } from 'commander'
import { addEntries, type CommandEntry, DEFAULT_COMMAND } from './command-entry.ts'

const shells = ['bash', 'zsh', 'fish'] as const
type Shell = (typeof shells)[number]

/** A command with what may stand behind it. */
interface Node {
  /** Words that lead to it: [], ['groups'], ['groups', 'list']. */
  readonly path: readonly string[]
  readonly commands: readonly { readonly name: string; readonly summary: string }[]
  readonly options: readonly {
    readonly flag: string
    readonly summary: string
    readonly takesValue: boolean
    /** Of the value; empty for any. */
    readonly choices: readonly string[]
  }[]
  /** Of its first argument. */
  readonly choices: readonly string[]
}

/** @param entries all commands */
export function completionCommand(entries: readonly CommandEntry[]): Command {
  return new Command()
    .addArgument(new Argument('<shell>', 'for which shell').choices(shells))
    .addHelpText(
      'after',
      `
bash: source <(kohort completion bash)           in ~/.bashrc
zsh:  source <(kohort completion zsh)            in ~/.zshrc, behind compinit
fish: kohort completion fish > ~/.config/fish/completions/kohort.fish`,
    )
    .action(async (shell: Shell) => {
      process.stdout.write(await completionScript(shell, entries))
    })
}

/** The script for a shell, from the commands as they are. */
async function completionScript(shell: Shell, entries: readonly CommandEntry[]): Promise<string> {
  const root = new Command('kohort').helpCommand(false)
  await addEntries(root, entries, 'all')
  const nodes = [...nodesOf(root, [])]
  return { bash: bashScript, zsh: zshScript, fish: fishScript }[shell](nodes)
}

function* nodesOf(command: Command, path: readonly string[]): Generator<Node> {
  // kohort alone runs its default command, and takes its options.
  const runs = command.commands.find((child) => path.length === 0 && child.name() === DEFAULT_COMMAND) ?? command
  yield {
    path,
    commands: command.commands.map((child) => ({ name: child.name(), summary: child.description() })),
    options: [
      ...runs.options.map(({ long, description, required, optional, argChoices = [] }) => ({
        flag: long!,
        summary: description,
        takesValue: required || optional,
        choices: argChoices,
      })),
      { flag: '--help', summary: 'display help for command', takesValue: false, choices: [] },
    ],
    choices: command.registeredArguments[0]?.argChoices ?? [],
  }
  for (const child of command.commands) yield* nodesOf(child, [...path, child.name()])
}

/** Words that may stand at a place of the command line. */
function wordsOf({ commands, options, choices }: Node): string {
  return [...commands.map(({ name }) => name), ...choices, ...options.map(({ flag }) => flag)].join(' ')
}

function bashScript(nodes: readonly Node[]): string {
  const paths = nodes.filter(({ path }) => path.length > 0).map(({ path }) => quoted(path.join(' ')))
  const words = nodes.map((node) => `    ${quoted(node.path.join(' '))}) words=${quoted(wordsOf(node))} ;;`)
  const values = nodes.flatMap(({ path, options }) =>
    options
      .filter(({ takesValue }) => takesValue)
      .map(({ flag, choices }) => {
        // A value that may be anything: bash's own completion, of files.
        const give = choices.length === 0 ? 'return' : `words=${quoted(choices.join(' '))}`
        return `    ${quoted([...path, flag].join(' '))}) ${give} ;;`
      }),
  )
  return `# Completion of kohort for bash, made by: kohort completion bash
_kohort() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD - 1]} path='' words='' next i
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    next="\${path:+$path }\${COMP_WORDS[i]}"
    case $next in
      ${paths.join(' | ')}) path=$next ;;
    esac
  done
  case $path in
${words.join('\n')}
  esac
  case "\${path:+$path }$prev" in
${values.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
complete -o default -F _kohort kohort
`
}

function zshScript(nodes: readonly Node[]): string {
  const described = (name: string, summary: string): string => quoted(`${name.replaceAll(':', '\\:')}:${summary}`)
  const cases = nodes.map(({ path, commands, options, choices }) => {
    const all = [
      ...commands.map(({ name, summary }) => described(name, summary)),
      ...choices.map((choice) => described(choice, '')),
      ...options.map(({ flag, summary }) => described(flag, summary)),
    ]
    return `    ${quoted(path.join(' '))}) words_here=(${all.join(' ')}) ;;`
  })
  const values = nodes.flatMap(({ path, options }) =>
    options
      .filter(({ takesValue }) => takesValue)
      .map(({ flag, choices }) => {
        const give = choices.length > 0 ? `compadd -- ${choices.map(quoted).join(' ')}` : '_files'
        return `    ${quoted([...path, flag].join(' '))}) ${give}; return ;;`
      }),
  )
  const paths = nodes.filter(({ path }) => path.length > 0).map(({ path }) => quoted(path.join(' ')))
  return `#compdef kohort
# Completion of kohort for zsh, made by: kohort completion zsh
_kohort() {
  local where='' next i
  local -a words_here
  for ((i = 2; i < CURRENT; i++)); do
    next="\${where:+$where }\${words[i]}"
    case $next in
      ${paths.join('|')}) where=$next ;;
    esac
  done
  case "\${where:+$where }\${words[CURRENT - 1]}" in
${values.join('\n')}
  esac
  case $where in
${cases.join('\n')}
  esac
  _describe kohort words_here
}
compdef _kohort kohort
`
}

function fishScript(nodes: readonly Node[]): string {
  const lines = nodes.flatMap(({ path, commands, options, choices }) => {
    const at = `-n "__kohort_at '${path.join(' ')}'"`
    return [
      ...commands.map(({ name, summary }) => `complete -c kohort -f ${at} -a ${name} -d ${quoted(summary)}`),
      ...(choices.length === 0 ? [] : [`complete -c kohort -f ${at} -a ${quoted(choices.join(' '))}`]),
      ...options.map(({ flag, summary, takesValue, choices: values }) => {
        const value = values.length > 0 ? ` -x -a ${quoted(values.join(' '))}` : takesValue ? ' -r' : ''
        return `complete -c kohort ${at} -l ${flag.slice(2)}${value} -d ${quoted(summary)}`
      }),
    ]
  })
  const paths = nodes.filter(({ path }) => path.length > 0).map(({ path }) => quoted(path.join(' ')))
  return `# Completion of kohort for fish, made by: kohort completion fish
function __kohort_at
  set -l where ''
  for word in (commandline -opc)[2..-1]
    set -l next (string trim -- "$where $word")
    contains -- $next ${paths.join(' ')}; and set where $next
  end
  test "$where" = "$argv[1]"
end
${lines.join('\n')}
`
}

/** For all three shells: a quote in a word ends it, adds a quote, and begins it again. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}
