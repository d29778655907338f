import { Command } from 'commander'
import type { ConfigEntry } from '../../../client/index.ts'
import { addConnectOptions, type ConnectOptions, withKafka } from '../../connect.ts'
import { CliError } from '../../exit-code.ts'
import { addOutputOption, type Column, type OutputOptions, openOutput, printTable } from '../../output/index.ts'
import { addResourceArguments, nameOf, refusal, resourceOf } from './resource.ts'

interface Options extends ConnectOptions, OutputOptions {
  readonly all?: boolean
  readonly documentation?: boolean
}

export function describeConfigsCommand(): Command {
  const command = addResourceArguments(new Command())
    .argument('[config...]', 'only these')
    .option('--all', 'those with their defaults too')
    .option('--documentation', 'what each is for, as the broker says it')
  return addConnectOptions(addOutputOption(command)).action(describe)
}

const columns: readonly Column<ConfigEntry>[] = [
  { key: 'name', head: 'CONFIG', value: ({ name }) => name },
  {
    key: 'value',
    value: ({ value }) => value,
    text: ({ value, isSensitive }) => (isSensitive ? '(hidden)' : (value ?? '')),
    canShrink: true,
    align: 'left',
  },
  { key: 'source', value: ({ source }) => source, style: ({ source }) => (source === 'default' ? 'dim' : undefined) },
  { key: 'type', value: ({ type }) => type },
  {
    key: 'isReadOnly',
    head: 'READ-ONLY',
    value: ({ isReadOnly }) => isReadOnly,
    text: ({ isReadOnly }) => (isReadOnly ? 'yes' : ''),
  },
  { key: 'isSensitive', head: null, value: ({ isSensitive }) => isSensitive },
]
const documentation: Column<ConfigEntry> = {
  key: 'documentation',
  value: (entry) => entry.documentation,
  canShrink: true,
}

/** Sources of what nobody has set. */
const untouched: ReadonlySet<ConfigEntry['source']> = new Set(['default', 'unknown'])

async function describe(
  type: Parameters<typeof resourceOf>[0],
  name: string,
  configs: readonly string[],
  options: Options,
): Promise<void> {
  const resource = resourceOf(type, name)
  const all = options.all === true || configs.length > 0
  const entries = await withKafka(options, async (kafka, signal) => {
    const asked = { ...resource, ...(configs.length > 0 && { configs }) }
    const includeDocumentation = options.documentation === true
    try {
      const [found = []] = (await kafka.admin().describeConfigs([asked], { signal, includeDocumentation })).values()
      return found
    } catch (error) {
      throw refusal(error, nameOf(resource), 'cannot be read')
    }
  })
  const missing = configs.filter((config) => !entries.some((entry) => entry.name === config))
  if (missing.length > 0) throw new CliError(`A ${type} has no ${missing.join(', ')}.`)
  const shown = entries.filter(({ source }) => all || !untouched.has(source)).sort((a, b) => (a.name < b.name ? -1 : 1))
  const output = openOutput(options)
  printTable(shown, options.documentation === true ? [...columns, documentation] : columns, {
    output,
    whenEmpty: `Nothing is set for ${nameOf(resource)}; --all shows the defaults.`,
  })
}
