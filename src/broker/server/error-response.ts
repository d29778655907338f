import { type Api, defaultOf, ErrorCode, type Fields } from '../../wire/index.ts'

/** An empty answer with UNKNOWN_SERVER_ERROR, or undefined where the response has no error code of its own. */
export function unknownServerError(api: Api, version: number): unknown {
  const response: Api['response'] & { readonly fields: Fields } = api.response
  const field = response.fields.errorCode
  if (field === undefined) return undefined
  const value: Record<string, unknown> = {}
  for (const [name, of] of Object.entries(response.fields)) value[name] = defaultOf(of)
  value.errorCode = ErrorCode.UNKNOWN_SERVER_ERROR
  return hasErrorCode(api, version) ? value : undefined
}

function hasErrorCode(api: Api, version: number): boolean {
  const versions = api.response.fields.errorCode?.versions
  return versions === undefined || version >= Number.parseInt(versions, 10)
}
