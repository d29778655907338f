const DATE_TIME = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,3}))?(Z|[+-]\d{2}(?::?\d{2})?)?$/

/**
 * `2026-03-01T12:00:00.000`, with `Z` or an offset (`+01:00`) or in UTC without: the form of Kafka's --to-datetime, in milliseconds since 1970.
 * Undefined for what is no such time, a 30th of February too.
 */
export function parseDateTime(text: string): number | undefined {
  const match = DATE_TIME.exec(text)
  if (match === null) return undefined
  const [, year, month, day, hour, minute, second, millis = '0', zone = 'Z'] = match
  // biome-ignore lint/style/noRestrictedGlobals: the calendar, no clock
  const local = Date.UTC(
    Number(year),
    Number(month) - 1,
    Number(day),
    Number(hour),
    Number(minute),
    Number(second),
    Number(millis.padEnd(3, '0')),
  )
  // What does not exist comes back as another day or hour.
  // biome-ignore lint/style/noRestrictedGlobals: the calendar, no clock
  const isReal = new Date(local).toISOString().startsWith(`${year}-${month}-${day}T${hour}:${minute}:${second}`)
  return isReal ? local - zoneMs(zone) : undefined
}

function zoneMs(zone: string): number {
  if (zone === 'Z') return 0
  const digits = zone.slice(1).replace(':', '')
  const minutes = Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2) || '0')
  return (zone.startsWith('-') ? -minutes : minutes) * 60_000
}

const DURATION =
  /^([+-]?)P(?=[-+\dT])(?:([+-]?\d+)D)?(?:T(?=[-+\d])(?:([+-]?\d+)H)?(?:([+-]?\d+)M)?(?:([+-]?\d+(?:[.,]\d{0,9})?)S)?)?$/i

/** `P1DT2H3M4.5S` (ISO 8601, as java.time.Duration reads it), in milliseconds. Undefined for what is none. */
export function parseDuration(text: string): number | undefined {
  const match = DURATION.exec(text)
  if (match === null) return undefined
  const [, sign, days = '0', hours = '0', minutes = '0', seconds = '0'] = match
  const total =
    Number(days) * 86_400_000 +
    Number(hours) * 3_600_000 +
    Number(minutes) * 60_000 +
    Number(seconds.replace(',', '.')) * 1_000
  return Math.trunc(sign === '-' ? -total : total)
}
