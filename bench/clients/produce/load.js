// What every producer program does: calls of so many records each, so many calls under way, until all are acknowledged. Measured from the first call on, behind
// one that warms up: connections, metadata, the code.
const options = JSON.parse(process.argv[2])

/** @param send sends the values of one call to its partition, and resolves when all are acknowledged */
export async function load(send) {
  const { records, recordsACall, callsUnderWay, partitions, bytes } = options
  const value = Buffer.alloc(bytes, 'x')
  const call = (nth, count) =>
    send(
      Array.from({ length: count }, () => value),
      nth % partitions,
    )
  for (let partition = 0; partition < partitions; partition++) await call(partition, 1)
  const startedMs = performance.now()
  const cpu = process.cpuUsage()
  let sent = 0
  let calls = 0
  const work = async () => {
    while (sent < records) {
      const count = Math.min(recordsACall, records - sent)
      sent += count
      await call(calls++, count)
    }
  }
  await Promise.all(Array.from({ length: callsUnderWay }, work))
  const ms = performance.now() - startedMs
  const { user, system } = process.cpuUsage(cpu)
  const report = {
    records: sent,
    recordsASecond: Math.round(sent / (ms / 1000)),
    megabytesASecond: Number(((sent * bytes) / 1e6 / (ms / 1000)).toFixed(1)),
    cpuMicrosARecord: Number(((user + system) / sent).toFixed(3)),
    peakRssMb: Math.round(process.resourceUsage().maxRSS / 1024),
  }
  process.stdout.write(`${JSON.stringify(report)}\n`)
  process.exit(0)
}

export { options }
