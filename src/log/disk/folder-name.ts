import type { LogIdentity } from '../partition-log.ts'

/** Folder of a partition, as Kafka names it. */
export function folderName(identity: LogIdentity): string {
  return `${identity.topic}-${identity.partition}`
}
