/** Where kohort deliberately answers otherwise than Apache Kafka 4.2: `path: kohort / kafka`, with the reason. */
export const deliberate: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'produce: structure of the records': {
    'shortLength.errorCode: "CORRUPT_MESSAGE" / "UNKNOWN_SERVER_ERROR"': 'Kafka reads beyond the end of the batch.',
    'transactional.errorMessage: "This version of kohort has no transactions: use a producer without transactional.id." / null':
      'Kafka means that the client may not; we that nobody can, yet.',
  },
  'produce: idempotent producers': {
    'again.hasAppendTime: false / true':
      'Kafka tells the greatest timestamp of a duplicate as its append time, whatever the topic says.',
  },
  'fetch: errors of a partition': outOfRange('beyond the end', 0, 2, 'below the start'),
  DeleteRecords: outOfRange('fetch below', 2, 4),
}

/** Kafka tells -1 with OFFSET_OUT_OF_RANGE; clients that look for lost data want to know the range. */
function outOfRange(first: string, logStartOffset: number, end: number, ...others: string[]): Record<string, string> {
  const reason = 'The range is told.'
  const rows = [first, ...others].flatMap((name) => [
    [`${name}.partitions.0.highWatermark: ${end} / -1`, reason],
    [`${name}.partitions.0.lastStableOffset: ${end} / -1`, reason],
    [`${name}.partitions.0.logStartOffset: ${logStartOffset} / -1`, reason],
  ])
  return Object.fromEntries(rows)
}

/** Every place where the outcomes differ, as `path: kohort / kafka`. */
export function differencesBetween(kohort: unknown, kafka: unknown, path = ''): string[] {
  if (isObject(kohort) && isObject(kafka)) {
    const keys = new Set([...Object.keys(kafka), ...Object.keys(kohort)])
    return [...keys].flatMap((key) => differencesBetween(kohort[key], kafka[key], path === '' ? key : `${path}.${key}`))
  }
  const [ours, theirs] = [JSON.stringify(kohort), JSON.stringify(kafka)]
  return ours === theirs ? [] : [`${path}: ${ours} / ${theirs}`]
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}
