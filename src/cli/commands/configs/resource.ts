import { Argument, type Command } from 'commander'
import type { Admin, ConfigAlteration, ConfigResource } from '../../../client/index.ts'
import { KafkaError, KafkaItemsError } from '../../../client/index.ts'
import { CliError, UsageError } from '../../exit-code.ts'

const types = ['topic', 'broker', 'group'] as const
type ResourceType = (typeof types)[number]

/** Adds `<type> <name>`: whose configs. */
export function addResourceArguments(command: Command): Command {
  return command
    .addArgument(new Argument('<type>', 'whose configs').choices(types))
    .argument('<name>', "its name; of a broker its id, or 'default' for all of them")
}

/** @throws UsageError for a broker that is none */
export function resourceOf(type: ResourceType, name: string): ConfigResource {
  if (type !== 'broker') return { type, name }
  if (name === 'default') return { type, name: '' }
  if (!/^\d{1,9}$/.test(name))
    throw new UsageError(`A broker is named by its id, or 'default' for all; ${name} is neither.`)
  return { type, name }
}

/** 'topic orders', 'all brokers' */
export function nameOf({ type, name }: ConfigResource): string {
  return type === 'broker' && name === '' ? 'all brokers' : `${type} ${name}`
}

/** @throws CliError what the cluster says of it */
export async function alterConfigs(
  admin: Admin,
  alteration: ConfigAlteration,
  options: { readonly signal: AbortSignal; readonly validateOnly: boolean },
): Promise<void> {
  try {
    await admin.incrementalAlterConfigs([alteration], options)
  } catch (error) {
    throw refusal(error, nameOf(alteration), 'was not altered')
  }
}

/** One sentence for one resource. */
export function refusal(error: unknown, name: string, what: string): unknown {
  if (!(error instanceof KafkaError)) return error
  const [failure = error] = error instanceof KafkaItemsError ? error.failures.values() : []
  const code = failure.message.includes(failure.code) ? '' : ` (${failure.code})`
  return new CliError(`The config of ${name} ${what}: ${failure.message}${code}`)
}
