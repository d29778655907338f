import { type AlterConfigOperation, alterConfigOpId } from './alter-configs.ts'
import { type ConfigProblem, invalidConfig, invalidRequest } from './resource-names.ts'

export type AlterLevelsResult =
  | { readonly ok: true; readonly levels: ReadonlyMap<string, string> }
  | ({ readonly ok: false } & ConfigProblem)

const validLevels = ['DEBUG', 'ERROR', 'FATAL', 'INFO', 'TRACE', 'WARN']

/**
 * IncrementalAlterConfigs of a BROKER_LOGGER (KIP-412): levels of the loggers that exist. DELETE puts a logger back to
 * the level of `root`.
 * @param levels of all loggers, `root` among them
 */
export function alterLoggerLevels(
  levels: ReadonlyMap<string, string>,
  operations: readonly AlterConfigOperation[],
): AlterLevelsResult {
  const altered = new Map(levels)
  for (const { name, configOperation, value } of operations) {
    const problem = operationProblem(levels, { name, configOperation, value })
    if (problem !== undefined) return { ok: false, ...problem }
    altered.set(name, configOperation === alterConfigOpId.SET ? value! : levels.get('root')!)
  }
  return { ok: true, levels: altered }
}

function operationProblem(
  levels: ReadonlyMap<string, string>,
  { name, configOperation, value }: AlterConfigOperation,
): ConfigProblem | undefined {
  const { SET, DELETE, APPEND, SUBTRACT } = alterConfigOpId
  switch (configOperation) {
    case SET:
      if (!levels.has(name)) return invalidConfig(`Logger ${name} does not exist!`)
      if (value !== null && validLevels.includes(value)) return undefined
      return invalidConfig(
        `Cannot set the log level of ${name} to ${value} as it is not a supported log level. ` +
          `Valid log levels are ${validLevels.join(', ')}`,
      )
    case DELETE:
      if (!levels.has(name)) return invalidConfig(`Logger ${name} does not exist!`)
      if (name !== 'root') return undefined
      return invalidRequest('Removing the log level of the root logger is not allowed')
    case APPEND:
      return invalidRequest('APPEND operation is not allowed for the BROKER_LOGGER resource')
    case SUBTRACT:
      return invalidRequest('SUBTRACT operation is not allowed for the BROKER_LOGGER resource')
    default:
      return invalidRequest(`Unknown operation type ${configOperation} is not allowed for the BROKER_LOGGER resource`)
  }
}
