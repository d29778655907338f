import type { GroupSnapshot, LagSnapshot } from '../lag/index.ts'
import { type CompatMode, compats } from './compat/index.ts'
import type { GroupEventCounts } from './group-event-counts.ts'
import { lagFamilies, seriesAPartition } from './lag-families.ts'
import type { MetricFamily } from './metric-page.ts'
import { each, metric, single } from './walks.ts'

export interface PageFamiliesOptions {
  /** Names and labels of another exporter; default: kohort's own. */
  readonly compat?: CompatMode | undefined
  /** The label `cluster` or `cluster_name` of exporters that have one; default: the cluster's id. */
  readonly clusterName?: string | undefined
  /** `group`: nothing by partition. Default `partition`. */
  readonly granularity?: 'partition' | 'group' | undefined
  /** Most series of partitions of groups; groups beyond it, by name, have none. Default 250,000. */
  readonly maxSeries?: number | undefined
  /** Metrics by their names; default: all. Those about the looking itself are always there. */
  readonly includesMetric?: ((name: string) => boolean) | undefined
  /** Counts of `__group_events`; undefined where there are none. */
  readonly events?: GroupEventCounts | undefined
}

export interface PageFamilies {
  readonly families: readonly MetricFamily[]
  /** Groups without series of their partitions, by the limit of series. */
  readonly groupsLeftOut: number
}

const DEFAULT_SERIES_MAX = 250_000

/** What a page says of a snapshot. A value that is not known has no sample. */
export function pageFamilies(snapshot: LagSnapshot, options: PageFamiliesOptions = {}): PageFamilies {
  const { compat, granularity = 'partition', includesMetric = () => true, events } = options
  const groups = snapshot.groups.filter(({ failure }) => failure === undefined)
  const perPartition = compat === undefined ? seriesAPartition(includesMetric) : compats[compat].seriesAPartition
  const room = granularity === 'group' ? 0 : (options.maxSeries ?? DEFAULT_SERIES_MAX)
  const detailed = granularity === 'group' ? [] : within(groups, perPartition, room)
  const groupsLeftOut = granularity === 'group' ? 0 : groups.length - detailed.length
  const view = { snapshot, groups, detailed, cluster: options.clusterName ?? snapshot.clusterId ?? '' }
  const shown =
    compat === undefined
      ? lagFamilies(view, { events, withTopics: granularity === 'partition' })
      : compats[compat].families(view)
  return {
    families: [...lookingFamilies(snapshot, groupsLeftOut), ...shown.filter(({ name }) => includesMetric(name))],
    groupsLeftOut,
  }
}

/** What a page says while nothing is known: before the first round, and after one that failed. */
export function downFamilies(compat?: CompatMode): readonly MetricFamily[] {
  return [upFamily(0), ...(compat === undefined ? [] : (compats[compat].downFamilies?.() ?? []))]
}

/** The groups, by name, whose partitions have room on a page; the same ones from page to page, so that no series flickers. */
function within(groups: readonly GroupSnapshot[], perPartition: number, max: number): readonly GroupSnapshot[] {
  let series = 0
  return groups.filter(({ partitions }) => {
    const of = partitions.length * perPartition
    if (series + of > max) return false
    series += of
    return true
  })
}

/** About the looking itself. */
function lookingFamilies(snapshot: LagSnapshot, groupsLeftOut: number): MetricFamily[] {
  const limits = [
    { limit: 'partitions', count: snapshot.groupsLeftOut },
    { limit: 'series', count: groupsLeftOut },
  ]
  return [
    upFamily(1),
    metric(
      'kohort_lag_round_duration_seconds',
      'What the last round took.',
      single(),
      () => snapshot.durationMs / 1_000,
    ),
    metric(
      'kohort_lag_round_timestamp_seconds',
      'When the last round was complete.',
      single(),
      () => snapshot.atMs / 1_000,
    ),
    metric(
      'kohort_lag_groups_left_out',
      'Groups without series of their own, by the limit that was reached.',
      each(limits, ({ limit }) => ({ limit })),
      ({ count }) => count,
    ),
    metric(
      'kohort_lag_places_left_out',
      'Partitions of groups whose records were not looked at in the last round, so that their lag in records is not known.',
      single(),
      () => snapshot.placesLeftOut,
    ),
  ]
}

function upFamily(value: 0 | 1): MetricFamily {
  return metric(
    'kohort_lag_up',
    '1 while the last round of looking at the groups has succeeded.',
    single(),
    () => value,
  )
}
