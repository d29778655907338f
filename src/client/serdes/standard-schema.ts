/** https://standardschema.dev, version 1, as zod, valibot, ArkType and others implement it. */
export interface StandardSchemaV1<Input = unknown, Output = Input> {
  readonly '~standard': {
    readonly version: 1
    readonly vendor: string
    readonly validate: (value: unknown) => StandardResult<Output> | Promise<StandardResult<Output>>
    readonly types?: { readonly input: Input; readonly output: Output } | undefined
  }
}

export interface StandardIssue {
  readonly message: string
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined
}

export type StandardResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly StandardIssue[] }

/** What a schema takes (`z.input`) and gives (`z.output`). */
export type InputOf<S extends StandardSchemaV1> = NonNullable<S['~standard']['types']>['input']
export type OutputOf<S extends StandardSchemaV1> = NonNullable<S['~standard']['types']>['output']

/** A value that its schema refuses: the `cause` of the KafkaError. */
export class SchemaError extends Error {
  readonly issues: readonly StandardIssue[]

  constructor(issues: readonly StandardIssue[]) {
    super(issues.map(describe).join('; '))
    this.name = 'SchemaError'
    this.issues = issues
  }
}

/** Synchronous where the schema is. @throws SchemaError */
export function validate<S extends StandardSchemaV1>(schema: S, value: unknown): OutputOf<S> | Promise<OutputOf<S>> {
  const result = schema['~standard'].validate(value)
  return result instanceof Promise ? result.then(resultOf<OutputOf<S>>) : resultOf<OutputOf<S>>(result)
}

function resultOf<T>(result: StandardResult<unknown>): T {
  if (result.issues !== undefined) throw new SchemaError(result.issues)
  return result.value as T
}

function describe({ message, path = [] }: StandardIssue): string {
  if (path.length === 0) return message
  return `${path.map((step) => String(typeof step === 'object' ? step.key : step)).join('.')}: ${message}`
}
