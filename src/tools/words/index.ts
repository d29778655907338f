// Numbers and times as the sentences of the tools say them.

/** '850 ms', '2.8 s', '12 s', '4 min 10 s', '3 h 5 min', '6 d 2 h'. */
export function durationText(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`
  if (ms < 9_950) return `${(ms / 1_000).toFixed(1)} s`
  const seconds = Math.round(ms / 1_000)
  if (seconds < 120) return `${seconds} s`
  if (seconds < 7_200) return twoUnits(Math.floor(seconds / 60), 'min', seconds % 60, 's')
  const minutes = Math.round(seconds / 60)
  if (minutes < 2_880) return twoUnits(Math.floor(minutes / 60), 'h', minutes % 60, 'min')
  const hours = Math.round(minutes / 60)
  return twoUnits(Math.floor(hours / 24), 'd', hours % 24, 'h')
}

function twoUnits(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`
}

/** '1 member', '3 members', 'no members'. */
export function count(number: number | bigint, singular: string, plural = `${singular}s`): string {
  if (Number(number) === 0) return `no ${plural}`
  return `${grouped(number)} ${Number(number) === 1 ? singular : plural}`
}

/** '1,234,567' */
export function grouped(number: number | bigint): string {
  return String(number).replace(/\B(?=(\d{3})+(?!\d))/g, ',')
}

/** 'a', 'a and b', 'a, b and 3 more' */
export function listed(words: readonly string[], max = 3): string {
  if (words.length <= 1) return words[0] ?? ''
  const shown = words.slice(0, max)
  const more = words.length - shown.length
  const last = more > 0 ? `${grouped(more)} more` : shown.pop()!
  return `${shown.join(', ')} and ${last}`
}

/** '12.5 records/s', '0.02 records/s' */
export function rateText(perSecond: number, unit = 'records'): string {
  const digits = perSecond === 0 || perSecond >= 100 ? 0 : perSecond >= 1 ? 1 : 2
  return `${digits === 0 ? grouped(Math.round(perSecond)) : perSecond.toFixed(digits)} ${unit}/s`
}

/** '850 B', '12.5 KB', '3.1 MB' */
export function bytesText(bytes: number): string {
  if (bytes < 1_000) return `${Math.round(bytes)} B`
  const units = ['KB', 'MB', 'GB', 'TB']
  let value = bytes / 1_000
  let unit = 0
  while (value >= 1_000 && unit < units.length - 1) {
    value /= 1_000
    unit++
  }
  return `${value.toFixed(1)} ${units[unit]}`
}

/** A time of the broker's clock, in UTC: '2026-11-21T10:00:00.000Z'. */
export function timeText(ms: number): string {
  // biome-ignore lint/style/noRestrictedGlobals: it writes a time that is given, and asks for none
  return new Date(ms).toISOString()
}
