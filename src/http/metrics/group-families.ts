import type { BrokerMetrics } from '../../broker/index.ts'
import { counter, type Family, gauge, histogram } from './family.ts'

type GroupCount = BrokerMetrics['groups']['groups'][number]
type GroupEventCount = BrokerMetrics['groupEvents']['events'][number]

export function groupFamilies({ groups, groupEvents }: BrokerMetrics): Family[] {
  const labelsOf = ({ protocol, protocolType, state }: GroupCount) => ({
    protocol,
    protocol_type: protocolType,
    state,
  })
  const started = groupEvents.events.filter(({ type }) => type === 'rebalance-started')
  const others = groupEvents.events.filter(({ type }) => type !== 'rebalance-started')
  return [
    gauge(
      'kohort_groups',
      'Groups, by protocol, protocol type and state.',
      groups.groups.map((count) => ({ labels: labelsOf(count), value: count.groups })),
    ),
    gauge(
      'kohort_group_members',
      'Members of groups, by protocol, protocol type and state of the group.',
      groups.groups.map((count) => ({ labels: labelsOf(count), value: count.members })),
    ),
    gauge('kohort_committed_offsets', 'Offsets that groups have committed, one a partition.', groups.committedOffsets),
    gauge('kohort_group_shards', 'Partitions of __consumer_offsets whose groups live here.', groups.shards.count),
    gauge('kohort_group_shards_loading', 'Those whose groups are not loaded yet.', groups.shards.loading),
    counter(
      'kohort_group_rebalances_total',
      'Rebalances begun, by what set them off.',
      started.map(({ protocol, trigger, count }) => ({ labels: { protocol, trigger }, value: count })),
    ),
    histogram(
      'kohort_group_rebalance_duration_seconds',
      "From the beginning of a rebalance to the leader's assignment, of classic groups.",
      [{ labels: {}, durations: groupEvents.rebalances }],
    ),
    counter(
      'kohort_group_events_total',
      'What else happened to groups, and what set it off.',
      others.map((event) => ({ labels: eventLabels(event), value: event.count })),
    ),
  ]
}

function eventLabels({ protocol, type, trigger }: GroupEventCount) {
  return { protocol, event: type, trigger }
}
