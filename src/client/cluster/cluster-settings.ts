import type { Backoff } from '../backoff.ts'
import { type Address, type ConnectionSettings, defaultConnectionSettings } from '../connection/connection-settings.ts'

export interface ClusterSettings extends ConnectionSettings {
  readonly bootstrapServers: readonly Address[]
  /** `client.dns.lookup`: whether bootstrap names are replaced by the names of their addresses (for Kerberos, and round-robin names under TLS). */
  readonly canonicalBootstrapServers: boolean
  /** `metadata.max.age.ms` */
  readonly metadataMaxAgeMs: number
  /** `metadata.recovery.strategy` (KIP-899): whether bootstrap addresses are asked again when no known node can be. */
  readonly rebootstraps: boolean
  /** `metadata.recovery.rebootstrap.trigger.ms` (KIP-1102) */
  readonly rebootstrapTriggerMs: number
  /** `retry.backoff.ms` and `retry.backoff.max.ms` */
  readonly retryBackoff: Backoff
}

/** Kafka's defaults. */
export const defaultClusterSettings: Omit<ClusterSettings, 'bootstrapServers'> = {
  ...defaultConnectionSettings,
  canonicalBootstrapServers: false,
  metadataMaxAgeMs: 300_000,
  rebootstraps: true,
  rebootstrapTriggerMs: 300_000,
  retryBackoff: { initialMs: 100, maxMs: 1_000 },
}
