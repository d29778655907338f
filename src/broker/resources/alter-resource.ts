import { ErrorCode } from '../../wire/index.ts'
import type { Broker } from '../broker.ts'
import {
  type AlterConfigsResult,
  type AlteredResource,
  type ConfigProblem,
  configResourceTypeOf,
} from '../configs/index.ts'
import type { MetadataResult } from '../metadata/metadata-store.ts'
import { topicNameProblem } from '../topics/topic-name.ts'

interface NamedResource {
  readonly resourceType: number
  readonly resourceName: string
}

/**
 * Changes a resource's durable configs: `change` makes the new overrides of those that hold when its turn comes. All of it or, with the
 * first problem, nothing.
 */
export async function alterResource(
  { resourceType, resourceName: name }: NamedResource,
  validateOnly: boolean,
  broker: Broker,
  change: (resource: AlteredResource) => AlterConfigsResult,
): Promise<MetadataResult> {
  const type = configResourceTypeOf(resourceType)
  if (type === undefined || type === 'BROKER_LOGGER') {
    return { errorCode: 'INVALID_REQUEST', message: `Unknown resource type ${resourceType}` }
  }
  const decide = (overrides: ReadonlyMap<string, string>) => {
    const result = change({ type, name, overrides })
    const problem =
      (type === 'TOPIC' ? topicProblem(name, result, broker) : undefined) ?? (result.ok ? undefined : result)
    if (problem !== undefined) return { errorCode: problem.errorCode, message: problem.message }
    return (result as Extract<AlterConfigsResult, { ok: true }>).overrides
  }
  const before = decide(broker.metadata.configsOf({ type, name }))
  if ('errorCode' in before) return before
  if (validateOnly) return { errorCode: 'NONE' }
  return broker.metadata.updateConfigs({ type, name }, decide)
}

/** Kafka finds a malformed request first, then a bad name, then bad configs, and last that there is no such topic. */
function topicProblem(name: string, result: AlterConfigsResult, broker: Broker): ConfigProblem | undefined {
  if (!result.ok && result.errorCode === 'INVALID_REQUEST') return result
  const nameProblem = topicNameProblem(name)
  if (nameProblem !== undefined) return { errorCode: 'INVALID_TOPIC_EXCEPTION', message: nameProblem }
  if (!result.ok) return result
  if (broker.metadata.image.topicsByName.has(name)) return undefined
  return { errorCode: 'UNKNOWN_TOPIC_OR_PARTITION', message: `The topic '${name}' does not exist.` }
}

/** Answers each resource of a request in the words of both AlterConfigs APIs; those named more than once are refused, all of them. */
export async function alterEach<R extends NamedResource>(
  resources: readonly R[],
  alter: (resource: R) => Promise<MetadataResult>,
) {
  const keyOf = ({ resourceType, resourceName }: NamedResource): string => `${resourceType}/${resourceName}`
  const counts = new Map<string, number>()
  for (const resource of resources) counts.set(keyOf(resource), (counts.get(keyOf(resource)) ?? 0) + 1)
  const alterOnce = async (resource: R): Promise<MetadataResult> => {
    if (counts.get(keyOf(resource)) === 1) return alter(resource)
    return { errorCode: 'INVALID_REQUEST', message: 'Each resource must appear at most once.' }
  }
  return Promise.all(
    resources.map(async (resource) => {
      const result = await alterOnce(resource)
      const { resourceType, resourceName } = resource
      const errorMessage = result.errorCode === 'NONE' ? null : result.message
      return { errorCode: ErrorCode[result.errorCode], errorMessage, resourceType, resourceName }
    }),
  )
}
