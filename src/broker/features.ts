/**
 * Feature levels (KIP-584): those of Apache Kafka 4.2 that hold here. transaction.version is missing: with it clients would speak
 * transactions of version 2, which are not served. group.version 1 says that there are groups of the consumer protocol (KIP-848).
 */
export const FEATURES = [
  { name: 'group.version', minVersion: 0, maxVersion: 1, finalizedVersion: 1 },
  { name: 'metadata.version', minVersion: 7, maxVersion: 29, finalizedVersion: 29 },
] as const
