import type { DurationSnapshot } from '../../platform/index.ts'

/** A metric with its values, as Prometheus has it. Counters are named with `_total`, times are in seconds, sizes in bytes. */
export interface Family {
  readonly name: string
  readonly help: string
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly samples: readonly Sample[]
}

export interface Sample {
  readonly labels: Labels
  readonly value: number
  /** Added to the name; of histograms. */
  readonly suffix?: '_bucket' | '_sum' | '_count'
}

export type Labels = Readonly<Record<string, string | number>>

type Values = number | readonly Sample[]

export function counter(name: `${string}_total`, help: string, values: Values): Family {
  return { name, help, type: 'counter', samples: samplesOf(values) }
}

export function gauge(name: string, help: string, values: Values): Family {
  return { name, help, type: 'gauge', samples: samplesOf(values) }
}

export function histogram(
  name: `${string}_seconds`,
  help: string,
  of: readonly { readonly labels: Labels; readonly durations: DurationSnapshot }[],
): Family {
  return { name, help, type: 'histogram', samples: of.flatMap(({ labels, durations }) => bucketsOf(labels, durations)) }
}

/** A sample for each of `keys`, so that a rate is 0 before the first of them has happened, and not unknown. */
export function byKey<K extends string>(label: string, keys: readonly K[], counts: ReadonlyMap<K, number>): Sample[] {
  return keys.map((key) => ({ labels: { [label]: key }, value: counts.get(key) ?? 0 }))
}

function samplesOf(values: Values): readonly Sample[] {
  return typeof values === 'number' ? [{ labels: {}, value: values }] : values
}

function bucketsOf(labels: Labels, { boundsSeconds, counts, count, sumSeconds }: DurationSnapshot): Sample[] {
  const samples: Sample[] = []
  let below = 0
  for (let i = 0; i < boundsSeconds.length; i++) {
    below += counts[i]!
    samples.push({ labels: { ...labels, le: boundsSeconds[i]! }, value: below, suffix: '_bucket' })
  }
  samples.push({ labels: { ...labels, le: '+Inf' }, value: count, suffix: '_bucket' })
  samples.push({ labels, value: sumSeconds, suffix: '_sum' })
  samples.push({ labels, value: count, suffix: '_count' })
  return samples
}
