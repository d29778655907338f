import { median, shown } from './statistics.js'

/** What the ratios compare: ours with theirs. */
const COMPARISONS = [
  ['kohort', 'kafka'],
  ['kohort', 'kafka-flush'],
  ['kohort-none', 'kafka'],
]

/** A markdown table: a row a figure, medians with their ranges, and ratios of medians. */
export function table(results, variantNames) {
  const comparisons = [
    ...COMPARISONS.filter((pair) => pair.every((name) => variantNames.includes(name))),
    // Another build beside this one.
    ...variantNames.filter((name) => name.startsWith('build-')).map((name) => [name, 'kohort']),
  ]
  const header = [
    'what',
    'unit',
    ...variantNames,
    ...comparisons.map(([ours, theirs]) => `${ours} / ${theirs}`),
    'to reach',
    'client CPU, cores',
    'broker CPU, s',
  ]
  const rows = results.flatMap(({ figures, samples }) =>
    figures.map((figure) => rowOf(figure, samples, variantNames, comparisons)),
  )
  return [header, header.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n')
}

function rowOf({ key, title, unit, target }, samples, variantNames, comparisons) {
  const valuesOf = (name, figure) => (samples[name] ?? []).map((sample) => sample[figure]).filter(Number.isFinite)
  const ratio = ([ours, theirs]) => {
    const value = median(valuesOf(ours, key)) / median(valuesOf(theirs, key))
    return Number.isFinite(value) ? `${value.toFixed(2)}x` : '–'
  }
  const perVariant = (figure) =>
    variantNames
      .map((name) => median(valuesOf(name, figure)))
      .map((value) => (Number.isFinite(value) ? value.toFixed(1) : '–'))
      .join(' / ')
  return [
    title,
    unit,
    ...variantNames.map((name) => shown(valuesOf(name, key))),
    ...comparisons.map(ratio),
    target,
    perVariant('clientCores'),
    perVariant('brokerCpuSeconds'),
  ]
}
