/**
 * Feature levels (KIP-584): those of Apache Kafka 4.2 that hold here. transaction.version is missing: with it clients would speak
 * transactions of version 2, which are not served; so is group.version, which would promise KIP-848 groups.
 */
export const FEATURES = [{ name: 'metadata.version', minVersion: 7, maxVersion: 29, finalizedVersion: 29 }] as const
