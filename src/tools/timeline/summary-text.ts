import { count, durationText } from '../words/index.ts'
import { triggerText } from './sentence.ts'
import type { TimelineSummary } from './summary.ts'

/** What a stretch of a timeline comes to, in sentences. */
export function summaryText(summary: TimelineSummary): string {
  const { rebalances, byTrigger, rebalancingMs, moved, unownedMs, longestUnowned, evictions, dropped } = summary
  if (rebalances === 0) return 'No rebalance was completed.'
  const triggers = byTrigger.map(([trigger, times]) => `${times} because ${triggerText(trigger)}`)
  const sentences = [`${count(rebalances, 'rebalance')}: ${triggers.join(', ')}.`]
  if (rebalancingMs !== undefined) sentences.push(`They took ${durationText(rebalancingMs)} in all.`)
  sentences.push(`${count(moved, 'partition')} moved.`.replace(/^no/, 'No'))
  if (unownedMs !== undefined && unownedMs > 0 && longestUnowned !== undefined) {
    const { topic, partition, ms } = longestUnowned
    sentences.push(
      `Partitions had no owner for ${durationText(unownedMs)} together, ${topic}-${partition} the longest at once: ${durationText(ms)}.`,
    )
  }
  if (evictions > 0) sentences.push(`The broker removed ${count(evictions, 'member')}.`)
  if (dropped > 0) sentences.push(`${count(dropped, 'event')} are missing.`)
  return sentences.join(' ')
}
