import type { Evidence, Place } from './evidence.ts'
import type { Finding, Rule, Severity } from './finding.ts'
import { rules } from './rules/index.ts'

/** What the findings shall be about; left out: the whole group. */
export interface ExplainFilter {
  /** A member by its member, instance or client id: what is about others alone is left out. */
  readonly member?: string | undefined
  readonly partition?: Place | undefined
}

const order: readonly Severity[] = ['critical', 'warning', 'info']

/** What is to be said of a group, the worst first. Pure. */
export function explainGroup(evidence: Evidence, filter: ExplainFilter = {}): readonly Finding[] {
  const findings = Object.entries(rules).flatMap(([rule, find]: [string, Rule]): Finding[] => {
    // The rules are about owners and commits, which a share group has not.
    if (evidence.group?.type === 'share' && find !== rules['share-group']) return []
    const found = find(evidence)
    return found === undefined ? [] : [{ members: [], partitions: [], ...found, rule }]
  })
  return findings
    .filter((finding) => isAbout(finding, evidence, filter))
    .sort((a, b) => order.indexOf(a.severity) - order.indexOf(b.severity))
}

function isAbout({ members, partitions }: Finding, { group }: Evidence, { member, partition }: ExplainFilter): boolean {
  const one = (group?.members ?? []).find(
    ({ memberId, groupInstanceId, clientId }) =>
      memberId === member || groupInstanceId === member || clientId === member,
  )
  if (member !== undefined && members.length > 0 && !members.includes(one?.memberId ?? member)) return false
  if (partition === undefined || partitions.length === 0) return true
  return partitions.some((place) => place.topic === partition.topic && place.partition === partition.partition)
}
