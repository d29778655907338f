import type { Broker } from '../broker.ts'
import { DelayedFetches } from './delayed-fetch.ts'
import { FetchSessions } from './fetch-sessions.ts'

export { openFetchContext, TOPIC_ID_VERSION } from './fetch-context.ts'
export { fetchAllowance, memoryForFetch } from './fetch-memory.ts'
export type { FetchAnswer } from './fetch-partition.ts'
export { type FetchParams, type FetchRead, readPartitions } from './read-partitions.ts'

/** What the fetches of one broker share. */
export interface FetchState {
  readonly sessions: FetchSessions
  readonly delayed: DelayedFetches
}

const states = new WeakMap<Broker, FetchState>()

export function fetchStateOf(broker: Broker): FetchState {
  let state = states.get(broker)
  if (state === undefined) {
    state = { sessions: new FetchSessions(), delayed: new DelayedFetches() }
    states.set(broker, state)
  }
  return state
}
