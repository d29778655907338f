import type { MetadataImage } from '../metadata/metadata-store.ts'

/** New partitions that one request may ask for: Kafka's controller refuses more (QuorumController.MAX_RECORDS_PER_USER_OP). */
export const PARTITIONS_PER_REQUEST_MAX = 10_000

/** Partitions of all topics. Each costs memory and a folder, and whoever may connect may create them. */
export const PARTITIONS_MAX = 100_000

/**
 * Largest replication factor that is taken for what a cluster would be asked for, accepted and reported as 1 (Streams and Connect want 3).
 * One above is no wish for a cluster but a mistake, or a client's test of its error handling: refused in Kafka's words.
 */
export const REPLICATION_FACTOR_MAX = 10

/** Why so many partitions more cannot be, or undefined. */
export function tooManyPartitions(image: MetadataImage, added: number): string | undefined {
  if (partitionCountOf(image) + added <= PARTITIONS_MAX) return undefined
  return `This broker keeps at most ${PARTITIONS_MAX} partitions; ${added} more would be too many.`
}

function partitionCountOf(image: MetadataImage): number {
  let count = counts.get(image)
  if (count === undefined) {
    count = 0
    for (const { partitionCount } of image.topicsById.values()) count += partitionCount
    counts.set(image, count)
  }
  return count
}

/** Counted once an image, as requests may come in thousands between two changes. */
const counts = new WeakMap<MetadataImage, number>()
