// What every consumer program measures of itself: from the first line of its own on to the last record.
const startedMs = performance.now()

/** @param options { bootstrap, topic, groupId, records } */
export function measured(options) {
  let count = 0
  let bytes = 0
  let firstMs
  let firstCpu
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
        firstCpu = process.cpuUsage()
      }
      count++
      bytes += value.length
      if (count < options.records) return false
      if (count === options.records) finish()
      return true
    },
    report() {
      const ms = performance.now() - firstMs
      const { user, system } = process.cpuUsage(firstCpu)
      const report = {
        records: count,
        recordsASecond: Math.round((count - 1) / (ms / 1000)),
        megabytesASecond: Math.round(bytes / 1e6 / (ms / 1000)),
        cpuMicrosARecord: Number(((user + system) / count).toFixed(3)),
        startToFirstMs: Math.round(firstMs - startedMs),
        peakRssMb: Math.round(process.resourceUsage().maxRSS / 1024),
      }
      process.stdout.write(`${JSON.stringify(report)}\n`)
    },
  }
}

export const optionsOf = () => JSON.parse(process.argv[2])
