import {
  type DescribeClientQuotasRequest,
  type DescribeClientQuotasResponseInput,
  ErrorCode,
  type ErrorName,
} from '../../wire/index.ts'
import type { Handler } from '../handler.ts'

type Component = DescribeClientQuotasRequest['components'][number]

const ENTITY_TYPES: ReadonlySet<string> = new Set(['user', 'client-id', 'ip'])
const MATCH_EXACT = 0
const MATCH_DEFAULT = 1
const MATCH_SPECIFIED = 2

/** No quotas are set, and none can be (AlterClientQuotas is not advertised): every good question has no entries. `kafka-configs` asks. */
export const handleDescribeClientQuotas: Handler<DescribeClientQuotasRequest, DescribeClientQuotasResponseInput> = (
  request,
) => {
  const seen = new Set<string>()
  for (const component of request.components) {
    const failure = problem(component, seen)
    if (failure !== undefined) {
      const [errorCode, errorMessage] = failure
      return { throttleTimeMs: 0, errorCode: ErrorCode[errorCode], errorMessage, entries: null }
    }
    seen.add(component.entityType)
  }
  if (seen.has('ip') && seen.size > 1) {
    const errorMessage =
      'Invalid entity filter component combination. IP filter component should not be used with user or clientId filter component.'
    return { throttleTimeMs: 0, errorCode: ErrorCode.INVALID_REQUEST, errorMessage, entries: null }
  }
  return { throttleTimeMs: 0, errorCode: ErrorCode.NONE, errorMessage: '', entries: [] }
}

function problem(
  { entityType, matchType, match }: Component,
  seen: ReadonlySet<string>,
): [ErrorName, string] | undefined {
  if (entityType === '') return ['INVALID_REQUEST', 'Invalid empty entity type.']
  if (seen.has(entityType))
    return ['INVALID_REQUEST', `Entity type ${entityType} cannot appear more than once in the filter.`]
  if (!ENTITY_TYPES.has(entityType)) return ['UNSUPPORTED_VERSION', `Unsupported entity type ${entityType}`]
  switch (matchType) {
    case MATCH_EXACT:
      if (match === null)
        return ['INVALID_REQUEST', 'Request specified MATCH_TYPE_EXACT, but set match string to null.']
      break
    case MATCH_DEFAULT:
      if (match !== null)
        return ['INVALID_REQUEST', 'Request specified MATCH_TYPE_DEFAULT, but also specified a match string.']
      break
    case MATCH_SPECIFIED:
      if (match !== null)
        return ['INVALID_REQUEST', 'Request specified MATCH_TYPE_SPECIFIED, but also specified a match string.']
      break
    default:
      return ['INVALID_REQUEST', `Unknown match type ${matchType}`]
  }
  return undefined
}
