import { lines } from './lines/index.js'
import { median, shown } from './statistics.js'
import { comparisonsOf } from './variants.js'

/** Cores of client CPU from which on a line says more of the client than of the broker. */
const CLIENT_LIMITS_FROM = 0.9
/** Cores used by other programs, or taken by the hypervisor, from which on a sample is of a busy machine. */
const NOISE_FROM = 0.1

/** A markdown table: a row a figure, medians with their ranges, and ratios of medians with the range of those of the rounds. `isQuietOnly` leaves out what was measured while others worked. */
export function table(all, variantNames, isQuietOnly) {
  const results = isQuietOnly ? all.map((line) => ({ ...line, samples: line.samples.filter(isQuietSample) })) : all
  const comparisons = comparisonsOf(variantNames)
  const header = [
    'what',
    'unit',
    ...variantNames,
    ...comparisons.map(([ours, theirs]) => `${ours} / ${theirs}`),
    'to reach',
    'client CPU, cores',
    'broker CPU, s',
    'on a busy machine',
  ]
  const rows = results.flatMap(({ name, samples }) =>
    lines[name].figures.map((figure) => rowOf(figure, samples, variantNames, comparisons)),
  )
  return [header, header.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n')
}

function rowOf({ key, title, unit, target }, samples, variantNames, comparisons) {
  const of = (variant) => samples.filter((sample) => sample.variant === variant)
  const valuesOf = (variant, figure) =>
    of(variant)
      .map((sample) => sample[figure])
      .filter(Number.isFinite)
  const perVariant = (figure) => variantNames.map((name) => median(valuesOf(name, figure)))
  const clientCores = perVariant('clientCores')
  const isClientLimited = clientCores.some((cores) => cores >= CLIENT_LIMITS_FROM)
  return [
    title,
    unit,
    ...variantNames.map((name) => shown(valuesOf(name, key))),
    ...comparisons.map(([ours, theirs]) => ratio(of(ours), of(theirs), key)),
    target,
    `${joined(clientCores)}${isClientLimited ? ' (limits)' : ''}`,
    joined(perVariant('brokerCpuSeconds')),
    `${samples.filter((sample) => !isQuietSample(sample)).length} of ${samples.length}`,
  ]
}

/** Ratio of medians, and the smallest and the largest of single rounds, whose two samples were taken one after the other. */
function ratio(ours, theirs, key) {
  const valuesOf = (samples) => samples.map((sample) => sample[key]).filter(Number.isFinite)
  const value = median(valuesOf(ours)) / median(valuesOf(theirs))
  if (!Number.isFinite(value)) return '–'
  const pairs = ours
    .map((sample) => {
      const other = theirs.find((their) => their.round === sample.round && their.run === sample.run)
      return sample[key] / other?.[key]
    })
    .filter(Number.isFinite)
  const range = pairs.length > 1 ? ` [${Math.min(...pairs).toFixed(2)} – ${Math.max(...pairs).toFixed(2)}]` : ''
  return `${value.toFixed(2)}x${range}`
}

function isQuietSample({ otherCores, stolenCores }) {
  return otherCores <= NOISE_FROM && stolenCores <= NOISE_FROM
}

function joined(values) {
  return values.map((value) => (Number.isFinite(value) ? value.toFixed(1) : '–')).join(' / ')
}
