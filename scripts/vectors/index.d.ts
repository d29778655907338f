// Types for tests that check the sources with what `npm run vectors` checks the build with.
import type * as assignor from '../../src/assignor/index.ts'
import type * as wire from '../../src/wire/index.ts'

/** Each throws an AssertionError when the vector and the code disagree. */
export function checkMessage(layer: typeof wire, vector: unknown): void
export function checkBatch(layer: typeof wire, vector: unknown): void
export function checkAssignment(assignors: typeof assignor.assignors, vector: unknown): void
/** As JSON.parse, with bigints for integers beyond 2^53. */
export function parseLossless(text: string): unknown
