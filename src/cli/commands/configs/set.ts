import { Command } from 'commander'
import { addConnectOptions, type ConnectOptions, withKafka } from '../../connect.ts'
import { UsageError } from '../../exit-code.ts'
import { addResourceArguments, alterConfigs, nameOf, resourceOf } from './resource.ts'

interface Options extends ConnectOptions {
  readonly dryRun?: boolean
}

export function setConfigsCommand(): Command {
  const command = addResourceArguments(new Command())
    .argument('<config=value...>', 'what to set; of a list config=+value adds to it and config=-value takes from it')
    .option('--dry-run', 'only asks the cluster whether it would take them')
  return addConnectOptions(command).action(set)
}

async function set(
  type: Parameters<typeof resourceOf>[0],
  name: string,
  assignments: readonly string[],
  options: Options,
): Promise<void> {
  const resource = resourceOf(type, name)
  const configs = Object.fromEntries(assignments.map(assignmentOf))
  const validateOnly = options.dryRun === true
  await withKafka(options, (kafka, signal) =>
    alterConfigs(kafka.admin(), { ...resource, configs }, { signal, validateOnly }),
  )
  const names = Object.keys(configs).join(', ')
  process.stdout.write(`${validateOnly ? 'Would set' : 'Set'} ${names} of ${nameOf(resource)}.\n`)
}

function assignmentOf(text: string): [string, string | { readonly append: string } | { readonly subtract: string }] {
  const at = text.indexOf('=')
  if (at < 1) throw new UsageError(`${text} sets nothing; write CONFIG=VALUE.`)
  const [config, value] = [text.slice(0, at).trim(), text.slice(at + 1).trim()]
  if (value.startsWith('+')) return [config, { append: value.slice(1) }]
  // A number below 0 is a value: retention.ms=-1.
  return /^-\D/.test(value) ? [config, { subtract: value.slice(1) }] : [config, value]
}
