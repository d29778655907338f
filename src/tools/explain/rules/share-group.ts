import { count, listed } from '../../words/index.ts'
import { keyOf } from '../evidence.ts'
import type { Rule } from '../finding.ts'

/** A share group (KIP-932), of which the other rules understand nothing: several members have one partition, and nobody commits. */
export const shareGroup: Rule = ({ group, now }) => {
  if (group?.type !== 'share') return undefined
  const waiting = now.partitions.filter(({ lag = 0n }) => lag > 0n)
  const lag = waiting.reduce((sum, one) => sum + one.lag!, 0n)
  const unread = now.partitions.filter(({ state }) => state === 'never-committed')
  const isDeserted = group.members.length === 0 && lag > 0n
  return {
    severity: isDeserted ? 'critical' : 'info',
    sentence: `It is a share group with ${count(group.members.length, 'member')} and ${count(lag, 'record')} that are not done with${isDeserted ? ', and nobody reads them' : ''}.`,
    evidence: [
      ...(waiting.length === 0
        ? []
        : [`Records wait in ${listed(waiting.map((one) => `${keyOf(one)} (${count(one.lag!, 'record')})`))}.`]),
      ...(unread.length === 0
        ? []
        : [`Nobody has read ${listed(unread.map(keyOf))} yet: what waits there is not known.`]),
    ],
    advice: [
      'Members of a share group have partitions together and commit no offsets, so that explain knows no more of it: kohort groups describe shows members and partitions.',
    ],
  }
}
