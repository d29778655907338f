import type { Field, Fields } from '../../wire/index.ts'

/** Tells the listener each error code in a value of the schema, NONE left out. */
export type VisitErrorCodes = (value: unknown, listener: ErrorCodeListener) => void

export interface ErrorCodeListener {
  errorCode(code: number): void
}

type Struct = { readonly [name: string]: unknown }

/**
 * Makes the function that finds the error codes of a response: its own, and those of its topics, partitions, members and so on, as Kafka
 * counts them (`AbstractResponse.errorCounts`). Parts without error codes are not looked at.
 */
export function errorCodeVisitor(fields: Fields): VisitErrorCodes {
  const visit = structVisitor(fields)
  return visit === undefined ? () => {} : (value, listener) => visit(value as Struct, listener)
}

function structVisitor(fields: Fields): ((value: Struct, listener: ErrorCodeListener) => void) | undefined {
  const hasOwn = fields.errorCode?.type === 'int16'
  const arrays: { readonly name: string; readonly visit: (value: Struct, listener: ErrorCodeListener) => void }[] = []
  for (const [name, field] of Object.entries(fields)) {
    const visit = elementVisitor(field)
    if (visit !== undefined) arrays.push({ name, visit })
  }
  if (!hasOwn && arrays.length === 0) return undefined
  return (value, listener) => {
    if (hasOwn) {
      const code = value.errorCode as number | undefined
      // Handlers leave out what has a default.
      if (code !== 0 && code !== undefined) listener.errorCode(code)
    }
    for (let i = 0; i < arrays.length; i++) {
      const { name, visit } = arrays[i]!
      const elements = value[name] as readonly Struct[] | null | undefined
      if (elements === undefined || elements === null) continue
      for (let e = 0; e < elements.length; e++) visit(elements[e]!, listener)
    }
  }
}

function elementVisitor({ type, element }: Field) {
  return type === 'array' && element?.fields !== undefined ? structVisitor(element.fields) : undefined
}
