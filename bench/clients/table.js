/** @returns median, smallest and largest */
export function summary(values) {
  const sorted = values.toSorted((a, b) => a - b)
  return { median: sorted[Math.floor(sorted.length / 2)], min: sorted[0], max: sorted.at(-1) }
}

/**
 * A row a line, figure and client: medians `[smallest – largest]`, and the ratio of our median to each peer's, with the smallest and largest ratio within one round.
 * @param samples [{ line, client, round, figures: { name: value } }]
 */
export function table(samples, figures) {
  const rows = ['| line | figure | client | median [range] | kohort / this one |', '|---|---|---|---|---|']
  for (const line of new Set(samples.map((s) => s.line))) {
    for (const { key, unit } of figures) {
      const of = (client) => samples.filter((s) => s.line === line && s.client === client && key in s.figures)
      for (const client of new Set(samples.filter((s) => s.line === line).map((s) => s.client))) {
        const own = of(client)
        if (own.length === 0) continue
        const { median, min, max } = summary(own.map((s) => s.figures[key]))
        rows.push(
          `| ${line} | ${unit} | ${client} | ${median} [${min} – ${max}] | ${ratios(key, of('kohort'), own, client)} |`,
        )
      }
    }
  }
  return rows.join('\n')
}

function ratios(key, ours, theirs, client) {
  if (client.startsWith('kohort') || ours.length === 0) return ''
  const median = (all) => summary(all.map((s) => s.figures[key])).median
  const inRound = ours.flatMap((our) => {
    const their = theirs.find((s) => s.round === our.round)
    return their === undefined || their.figures[key] === 0 ? [] : [our.figures[key] / their.figures[key]]
  })
  if (inRound.length === 0 || median(theirs) === 0) return ''
  const { min, max } = summary(inRound)
  return `${(median(ours) / median(theirs)).toFixed(2)}x [${min.toFixed(2)} – ${max.toFixed(2)}]`
}
