import { collectDefaultMetrics, type Metric, Registry } from 'prom-client'

/**
 * What prom-client knows of any Node process: CPU, memory, heap, garbage collection, open files. Left out are its lists of handles, which
 * have an object for each connection, and its delay of the event loop, which has the time between two looks in it and begins anew with each
 * reader.
 */
const KEPT = /^(process_|nodejs_heap_|nodejs_external_memory_|nodejs_gc_|nodejs_version_info)/

let ofProcess: readonly Metric[] | undefined

/** Counts from the first call on; there is one process, however many servers it has. */
export function nodeMetrics(): readonly Metric[] {
  if (ofProcess === undefined) {
    const register = new Registry()
    collectDefaultMetrics({ register, eventLoopMonitoringPrecision: NEVER_MS })
    const all = register.getMetricsAsArray() as unknown as (Metric & { readonly name: string })[]
    ofProcess = all.filter(({ name }) => KEPT.test(name))
  }
  return ofProcess
}

/** Each look at the event loop would be a wake-up, for what is left out. */
const NEVER_MS = 2 ** 31 - 1
