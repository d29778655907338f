import type { GroupSnapshot } from '../lag/index.ts'

const DEFAULT_SERIES_MAX = 250_000

/** The groups, by name, whose partitions have room on a page; the same ones from page to page, so that no series flickers. */
export function within(
  groups: readonly GroupSnapshot[],
  seriesAPartition: number,
  maxSeries = DEFAULT_SERIES_MAX,
): { readonly shown: readonly GroupSnapshot[]; readonly leftOut: number } {
  const shown: GroupSnapshot[] = []
  let series = 0
  let leftOut = 0
  for (const group of groups) {
    const of = group.partitions.length * seriesAPartition
    if (series + of > maxSeries) leftOut++
    else {
      series += of
      shown.push(group)
    }
  }
  return { shown, leftOut }
}
