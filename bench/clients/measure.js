// What every consumer program measures of itself, from its first line on. A client may have fetched and decoded much before it hands out the first record: CPU and
// the whole run count that too, and the records a second, from the first record on, say nothing unless there are many times more records than it reads ahead.
const startedMs = performance.now()

/** @param options { bootstrap, topic, groupId, records } */
export function measured(options) {
  let count = 0
  let bytes = 0
  let firstMs
  let finish
  const finished = new Promise((resolve) => {
    finish = resolve
  })
  return {
    finished,
    /** @returns whether it was the last */
    record(value) {
      if (count === 0) {
        firstMs = performance.now()
      }
      count++
      bytes += value.length
      if (count < options.records) return false
      if (count === options.records) finish()
      return true
    },
    report() {
      const nowMs = performance.now()
      const ms = nowMs - firstMs
      const { user, system } = process.cpuUsage()
      const report = {
        records: count,
        recordsASecond: Math.round((count - 1) / (ms / 1000)),
        megabytesASecond: Math.round(bytes / 1e6 / (ms / 1000)),
        cpuMicrosARecord: Number(((user + system) / count).toFixed(3)),
        startToLastMs: Math.round(nowMs - startedMs),
        startToFirstMs: Math.round(firstMs - startedMs),
        peakRssMb: Math.round(process.resourceUsage().maxRSS / 1024),
      }
      process.stdout.write(`${JSON.stringify(report)}\n`)
    },
  }
}

export const optionsOf = () => JSON.parse(process.argv[2])
