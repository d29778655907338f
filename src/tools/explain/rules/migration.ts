import { durationText, listed } from '../../words/index.ts'
import { type Evidence, numberOf } from '../evidence.ts'
import type { Rule } from '../finding.ts'
import { groupedBy } from './grouped-by.ts'

const ASSIGNORS = new Set(['range', 'roundrobin', 'sticky', 'cooperative-sticky'])

/** The name that kafkajs gives its default. */
const KAFKAJS_ASSIGNOR = 'RoundRobinAssigner'

/** What stands in the way of moving a live classic group to the consumer protocol (KIP-848), and what would be different afterwards. */
export const migration: Rule = (evidence) => {
  const { group, hasConsumerProtocol } = evidence
  if (group?.type !== 'classic' || group.members.length === 0) return undefined
  const obstacles = obstaclesOf(evidence)
  const changes = changesOf(evidence)
  const isReady = obstacles.length === 0 && hasConsumerProtocol !== undefined
  return {
    severity: 'info',
    sentence: isReady
      ? 'The group can be moved to the consumer protocol (KIP-848) while it runs.'
      : `Before the group can be moved to the consumer protocol (KIP-848): ${listed(obstacles, 5)}.`,
    evidence: changes,
    advice: [
      'Restart its members one by one with group.protocol=consumer; back the same way. Java needs clients from 4.0 on, librdkafka from 2.12 on.',
      'Take session.timeout.ms, heartbeat.interval.ms and partition.assignment.strategy out of their configs: they are ignored, or refused. They become configs of the group.',
      'A pattern given to the broker (SubscriptionPattern, or ^... in librdkafka) is matched by RE2 against whole names: ^orders matches nothing but "orders".',
    ],
  }
}

function obstaclesOf({ group, hasConsumerProtocol, brokerConfigs, members }: Evidence): readonly string[] {
  const obstacles: string[] = []
  if (hasConsumerProtocol === false) obstacles.push('the brokers must have it (Kafka 4.0, group.version 1)')
  if (group!.protocolType !== 'consumer')
    obstacles.push(`members are of the type ${group!.protocolType}, which has no such protocol`)
  const policy = brokerConfigs.get('group.consumer.migration.policy')
  if (policy !== undefined && !/^(upgrade|bidirectional)$/i.test(policy))
    obstacles.push(
      `group.consumer.migration.policy of the brokers is ${policy}, and has to be upgrade or bidirectional`,
    )
  if (group!.assignor === KAFKAJS_ASSIGNOR)
    obstacles.push(`its members run kafkajs (the assignor ${KAFKAJS_ASSIGNOR}), which does not speak it`)
  else if (group!.assignor !== '' && !ASSIGNORS.has(group!.assignor))
    obstacles.push(`the assignor ${group!.assignor} is the application's own, and the brokers do not have it`)
  const usesUserData = group!.members.filter(({ memberId }) => members.get(memberId)?.hasUserData === true)
  if (usesUserData.length > 0 && !ASSIGNORS.has(group!.assignor))
    obstacles.push('its members give their assignor data of their own, which nobody would read')
  const byInstance = groupedBy(
    group!.members.filter(({ groupInstanceId }) => groupInstanceId !== null),
    ({ groupInstanceId }) => groupInstanceId!,
  )
  const twice = [...byInstance].filter(([, same]) => same.length > 1).map(([id]) => id)
  if (twice.length > 0) obstacles.push(`each group.instance.id must be used once (${listed(twice)})`)
  return obstacles
}

function changesOf({ group, brokerConfigs, groupConfigs, members }: Evidence): readonly string[] {
  const changes: string[] = []
  const told = groupConfigs.get('consumer.session.timeout.ms') ?? brokerConfigs.get('group.consumer.session.timeout.ms')
  const session = numberOf(told)
  const own = [...new Set(group!.members.flatMap(({ memberId }) => members.get(memberId)?.sessionTimeoutMs ?? []))]
  if (session !== undefined && own.some((ms) => ms !== session)) {
    const longest = numberOf(brokerConfigs.get('group.consumer.max.session.timeout.ms'))
    const limit =
      longest === undefined ? '' : `; consumer.session.timeout.ms of the group may be ${durationText(longest)} at most`
    changes.push(
      `The session timeout becomes ${durationText(session)} instead of ${listed(own.map(durationText))}${limit}.`,
    )
  }
  const assignor = group!.assignor
  if (assignor === 'roundrobin' || assignor === 'sticky' || assignor === 'cooperative-sticky')
    changes.push(`The brokers have uniform in place of ${assignor}: as balanced, and it moves few partitions.`)
  if (group!.members.some(({ groupInstanceId }) => groupInstanceId !== null))
    changes.push(
      'Of two processes with one group.instance.id the newcomer is refused (UNRELEASED_INSTANCE_ID), not the older one fenced.',
    )
  return changes
}
