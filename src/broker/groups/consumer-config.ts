import type { ServerAssignorName } from '../../assignor/index.ts'
import type { ConsumerGroupConfig } from '../../coordinator/index.ts'
import type { BrokerConfig, BrokerValues } from '../configs/index.ts'
import type { MetadataStore } from '../metadata/metadata-store.ts'

type Overrides = ReturnType<ConsumerGroupConfig['groups']>

/** The configs of consumer groups, read anew only when the broker's have changed: every heartbeat asks. */
export function consumerConfigReader(
  config: BrokerConfig,
  metadata: MetadataStore,
  membersOnNode: () => number,
): () => ConsumerGroupConfig {
  let read: { readonly values: BrokerValues; readonly consumer: ConsumerGroupConfig } | undefined
  return () => {
    if (read?.values !== config.values)
      read = { values: config.values, consumer: make(config, metadata, membersOnNode) }
    return read.consumer
  }
}

function make(config: BrokerConfig, metadata: MetadataStore, membersOnNode: () => number): ConsumerGroupConfig {
  const { values } = config
  const defaults: Overrides = {
    sessionTimeoutMs: values.groupConsumerSessionTimeoutMs,
    heartbeatIntervalMs: values.groupConsumerHeartbeatIntervalMs,
  }
  const parsed = new WeakMap<ReadonlyMap<string, string>, Overrides>()
  return {
    groupMaxSize: values.groupConsumerMaxSize,
    assignors: values.groupConsumerAssignors as readonly ServerAssignorName[],
    migrationPolicy: values.groupConsumerMigrationPolicy,
    regexRefreshIntervalMs: values.groupConsumerRegexRefreshIntervalMs,
    assignmentIntervalMs: values.groupConsumerAssignmentIntervalMs,
    groups: (groupId) => {
      const configs = metadata.configsOf({ type: 'GROUP', name: groupId })
      if (configs.size === 0) return defaults
      const known = parsed.get(configs)
      if (known !== undefined) return known
      const number = (name: string, otherwise: number): number => {
        const text = configs.get(name)
        return text === undefined ? otherwise : Number(text)
      }
      const made: Overrides = {
        sessionTimeoutMs: number('consumer.session.timeout.ms', defaults.sessionTimeoutMs),
        heartbeatIntervalMs: number('consumer.heartbeat.interval.ms', defaults.heartbeatIntervalMs),
      }
      parsed.set(configs, made)
      return made
    },
    membersOnNode,
  }
}
