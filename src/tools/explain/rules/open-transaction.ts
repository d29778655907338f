import { count, durationText, listed } from '../../words/index.ts'
import { keyOf } from '../evidence.ts'
import type { Rule } from '../finding.ts'

/** Transactions are open for a moment, as a rule; of one that is as old as this somebody should know. */
const OPEN_MS = 10_000

/** Lag that no consumer with `read_committed` can read: a transaction is open before it. */
export const openTransaction: Rule = ({ now, stableOffsets, records, atMs }) => {
  const held = now.partitions.flatMap((one) => {
    const stable = stableOffsets.get(keyOf(one))
    if (stable === undefined || one.logEndOffset === undefined || stable >= one.logEndOffset) return []
    // Whoever is behind the stable end has something to read all the same; who is at the end reads what is not committed, too.
    if (one.committedOffset === undefined || one.committedOffset < stable || one.lag === 0n) return []
    const beganMs = records.get(keyOf(one))?.timestampMs ?? -1
    const openMs = beganMs < 0 ? undefined : Math.max(0, atMs - beganMs)
    if (openMs !== undefined && openMs < OPEN_MS) return []
    return [{ ...one, stable, behind: one.logEndOffset - stable, openMs }]
  })
  if (held.length === 0) return undefined
  const total = held.reduce((sum, { behind }) => sum + behind, 0n)
  return {
    severity: 'warning',
    sentence: `An open transaction holds ${count(total, 'record')} back in ${listed(held.map(keyOf))}: the group has read all that is committed.`,
    evidence: held.slice(0, 5).map((one) => {
      const since = one.openMs === undefined ? '' : `; the transaction began ${durationText(one.openMs)} ago`
      return `${keyOf(one)}: last stable offset ${one.stable}, high watermark ${one.logEndOffset}${since}.`
    }),
    advice: [
      'This is lag of the producer, not of the group: it ends when the transaction is committed or aborted, at the latest after transaction.timeout.ms of its producer.',
      'A transaction that hangs for longer is found and ended with kafka-transactions.sh find-hanging and abort.',
    ],
    partitions: held.map(({ topic, partition }) => ({ topic, partition })),
  }
}
