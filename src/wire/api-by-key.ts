import type { Api } from './api.ts'
import * as list from './api-list.ts'

/** All of them, for who is asked: who asks names those of `apis` that it speaks. */
export const apiByKey: ReadonlyMap<number, Api> = new Map(
  Object.values(list as unknown as Readonly<Record<string, Api>>)
    .map((api): [number, Api] => [api.key, api])
    .toSorted(([a], [b]) => a - b),
)
