import { getHeapStatistics, setFlagsFromString } from 'node:v8'
import type { Clock } from '../platform/index.ts'

const INTERVAL_MS = 5_000
/** What may be allocated between two full collections, buffers included. */
const GARBAGE_BYTES = 48 * 1024 * 1024
/** V8's own rule serves heaps of this size and above. */
const LARGE_HEAP_BYTES = 64 * 1024 * 1024

/**
 * Lets V8 collect less often while the heap is small. V8 lets a heap grow by a factor before it collects again, and counts the bytes of
 * buffers in: a broker has 10 MB of objects and moves 500 MB of buffers a second, so that it would collect forty times a second, and use as
 * much CPU for that as for its work. The flag is read at the end of each full collection; there is no other way to set it in a process
 * that runs.
 */
export function paceGarbageCollection(clock: Clock): void {
  let current = -1
  const look = (): void => {
    const percent = growingPercent(getHeapStatistics().used_heap_size)
    if (Math.abs(percent - current) > current / 5) {
      current = percent
      setFlagsFromString(`--heap-growing-percent=${percent}`)
    }
    clock.at(clock.monotonicMs() + INTERVAL_MS, look)
  }
  look()
}

/** By how much a heap may grow until the next full collection, in percent of its size; 0 stands for V8's own rule. */
export function growingPercent(heapBytes: number): number {
  return heapBytes >= LARGE_HEAP_BYTES ? 0 : Math.round((100 * GARBAGE_BYTES) / heapBytes)
}
