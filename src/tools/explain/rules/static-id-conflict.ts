import type { TimelineEntry } from '../../timeline/index.ts'
import { count, listed } from '../../words/index.ts'
import type { Rule } from '../finding.ts'
import { groupedBy } from './grouped-by.ts'

/** Two processes with one group.instance.id. */
export const staticIdConflict: Rule = ({ timeline }) => {
  const about = timeline.filter(({ type, member }) => {
    return (type === 'member-fenced' || type === 'member-replaced') && (member?.groupInstanceId ?? null) !== null
  })
  const byId = groupedBy(about, ({ member }) => member!.groupInstanceId!)
  const conflicts = [...byId].filter(([, entries]) => isConflict(entries))
  if (conflicts.length === 0) return undefined
  const ids = conflicts.map(([id]) => id)
  return {
    severity: 'critical',
    sentence: `Two processes use the same group.instance.id: ${listed(ids)}.`,
    evidence: conflicts.flatMap(([id, entries]) => {
      const hosts = [
        ...new Set(entries.map(({ member }) => `${member!.clientId} on ${member!.clientHost.replace(/^\//, '')}`)),
      ]
      return [
        `${id}: ${count(entries.length, 'clash', 'clashes')}, by ${listed(hosts)}; the last: ${entries.at(-1)!.reason}`,
      ]
    }),
    advice: [
      "Give each process a group.instance.id of its own, the pod's name for instance. In classic groups the newer process wins, in KIP-848 groups the older one.",
    ],
  }
}

/** A restart replaces its former self once, and nobody is refused. */
function isConflict(entries: readonly TimelineEntry[]): boolean {
  const refused = entries.some(({ type }) => type === 'member-fenced')
  return refused || entries.length >= 3
}
