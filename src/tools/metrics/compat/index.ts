import type { MetricFamily } from '../metric-page.ts'
import type { PageView } from '../page-view.ts'
import { burrow } from './burrow.ts'
import { burrowExporter } from './burrow-exporter.ts'
import { kafkaExporter } from './kafka-exporter.ts'
import { kafkaLagExporter } from './kafka-lag-exporter.ts'
import { kminion, kminionUp } from './kminion.ts'

/** Exporters whose names and labels can be had, so that their dashboards and alerts keep working. */
export const compatModes = ['kafka_exporter', 'kafka-lag-exporter', 'burrow', 'burrow_exporter', 'kminion'] as const
export type CompatMode = (typeof compatModes)[number]

interface Compat {
  readonly families: (view: PageView) => MetricFamily[]
  /** What that exporter says while the cluster cannot be looked at. */
  readonly downFamilies?: () => MetricFamily[]
  /** Series that it has of a partition of a group. */
  readonly seriesAPartition: number
  /** It has a label with the cluster's name. */
  readonly namesCluster: boolean
}

/**
 * Other exporters: their names, labels, help texts and kinds of values, as their sources have them, from the same snapshot. What they would show as -1
 * or NaN is absent.
 */
export const compats: Readonly<Record<CompatMode, Compat>> = {
  kafka_exporter: { families: kafkaExporter, seriesAPartition: 2, namesCluster: false },
  'kafka-lag-exporter': { families: kafkaLagExporter, seriesAPartition: 3, namesCluster: true },
  burrow: { families: burrow, seriesAPartition: 3, namesCluster: true },
  burrow_exporter: { families: burrowExporter, seriesAPartition: 4, namesCluster: true },
  kminion: { families: kminion, downFamilies: () => kminionUp(0), seriesAPartition: 1, namesCluster: false },
}
