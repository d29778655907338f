// npm run bench -- micro [REGEXP]: hot paths of the broker, without sockets or disk, on the build in dist.
import { run } from 'mitata'

await import('./frames.js')
await import('./produce.js')
await import('./fetch.js')
await import('./groups.js')
await import('./consumer-groups.js')

/** Runs those whose name, as the table shows it, fits, or all, and gives a row for each: times in nanoseconds. */
export async function measureMicro(pattern) {
  const filter = pattern !== undefined && { filter: new RegExp(pattern) }
  const { benchmarks } = await run({ throw: true, format: 'quiet', ...filter })
  if (benchmarks.length === 0) throw new Error(`no micro-benchmark has a name that /${pattern}/ fits`)
  return benchmarks.flatMap(({ runs }) =>
    runs.map(({ name, stats: { avg, p50, p99, heap } }) => ({
      name,
      averageNs: avg,
      p50Ns: p50,
      p99Ns: p99,
      heapBytes: heap?.avg,
    })),
  )
}

export function microTable(rows) {
  const header = ['what', 'average', 'p50', 'p99', 'heap']
  const cells = rows.map(({ name, averageNs, p50Ns, p99Ns, heapBytes }) => [
    name,
    ...[averageNs, p50Ns, p99Ns].map(duration),
    Number.isFinite(heapBytes) ? `${Math.round(heapBytes)} B` : '–',
  ])
  return [header, header.map(() => '---'), ...cells].map((row) => `| ${row.join(' | ')} |`).join('\n')
}

function duration(ns) {
  if (ns >= 1e6) return `${(ns / 1e6).toFixed(2)} ms`
  return ns >= 1000 ? `${(ns / 1000).toFixed(2)} us` : `${ns.toFixed(0)} ns`
}
