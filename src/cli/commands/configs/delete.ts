import { Command } from 'commander'
import { addConnectOptions, type ConnectOptions, withKafka } from '../../connect.ts'
import { addResourceArguments, alterConfigs, nameOf, resourceOf } from './resource.ts'

interface Options extends ConnectOptions {
  readonly dryRun?: boolean
}

export function deleteConfigsCommand(): Command {
  const command = addResourceArguments(new Command())
    .argument('<config...>', 'what to set back to its default')
    .option('--dry-run', 'only asks the cluster whether it would')
  return addConnectOptions(command).action(deleteConfigs)
}

async function deleteConfigs(
  type: Parameters<typeof resourceOf>[0],
  name: string,
  names: readonly string[],
  options: Options,
): Promise<void> {
  const resource = resourceOf(type, name)
  const configs = Object.fromEntries(names.map((config) => [config, null]))
  const validateOnly = options.dryRun === true
  await withKafka(options, (kafka, signal) =>
    alterConfigs(kafka.admin(), { ...resource, configs }, { signal, validateOnly }),
  )
  const what = `${names.join(', ')} of ${nameOf(resource)}`
  process.stdout.write(validateOnly ? `Would set back ${what}.\n` : `Set back ${what}.\n`)
}
