import { listed } from '../../words/index.ts'
import type { Evidence } from '../evidence.ts'
import type { Rule } from '../finding.ts'

/** Members that want the partitions shared out in different ways. */
export const mixedAssignors: Rule = (evidence) => {
  const wishes = wishesOf(evidence)
  const protocols = new Set(
    (evidence.group?.members ?? []).map(({ memberId }) => evidence.members.get(memberId)?.protocol),
  )
  protocols.delete(undefined)
  const isMixed = protocols.size > 1
  const used = assignorsUsed(evidence)
  if (wishes.length < 2 && !isMixed && used.length < 2) return undefined
  const parts = [
    ...(isMixed ? ['some members speak the classic protocol, others the consumer protocol'] : []),
    ...(wishes.length > 1 ? [`members ask for ${listed(wishes)}`] : []),
    ...(used.length > 1 ? [`generations were assigned by ${listed(used)} in turn`] : []),
  ]
  return {
    severity: wishes.length > 1 || used.length > 1 ? 'warning' : 'info',
    sentence: `Members do not agree how to share out partitions: ${parts.join('; ')}.`,
    evidence: (evidence.group?.members ?? []).slice(0, 10).flatMap(({ memberId, clientId }) => {
      const settings = evidence.members.get(memberId)
      if (settings === undefined) return []
      const wish = settings.serverAssignor ?? settings.assignors?.join(', ') ?? 'no wish'
      return [`${clientId} (${memberId}): ${settings.protocol} protocol, ${wish}`]
    }),
    advice: [
      'While a deployment is under way this is as it should be. Afterwards bring all members to the same partition.assignment.strategy, or group.remote.assignor.',
      'To change the assignor of a classic group: deploy a version that lists both, then one that lists only the new one.',
    ],
  }
}

/** What members of a consumer group ask for; those without a wish take any. */
function wishesOf({ group, members }: Evidence): readonly string[] {
  const wishes = (group?.members ?? []).flatMap(({ memberId }) => members.get(memberId)?.serverAssignor ?? [])
  return [...new Set(wishes)].sort()
}

function assignorsUsed({ group, timeline }: Evidence): readonly string[] {
  if (group?.type !== 'classic') return []
  const names = timeline.flatMap(({ assignor }) => assignor ?? [])
  return [...new Set([...names, ...(group.assignor === '' ? [] : [group.assignor])])].sort()
}
