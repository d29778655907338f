import { memberText } from '../../timeline/index.ts'
import { count, durationText, listed, timeText } from '../../words/index.ts'
import { sessionTimeoutMsOf } from '../evidence.ts'
import type { Rule } from '../finding.ts'

/** Members that the broker removed because they were silent. */
export const sessionTimeout: Rule = (evidence) => {
  const { timeline } = evidence
  const out = timeline.filter(({ type, trigger }) => type === 'member-evicted' && trigger === 'session-timeout')
  if (out.length === 0) return undefined
  const names = [...new Set(out.flatMap(({ member }) => (member === undefined ? [] : [memberText(member)])))]
  const hosts = new Map<string, number>()
  for (const { member } of out)
    if (member !== undefined) hosts.set(member.clientHost, (hosts.get(member.clientHost) ?? 0) + 1)
  const worst = [...hosts].sort((a, b) => b[1] - a[1])[0]
  const timeouts = (evidence.group?.members ?? []).flatMap(
    ({ memberId }) => sessionTimeoutMsOf(evidence, memberId) ?? [],
  )
  const timeout = timeouts.length === 0 ? '' : ` (${listed([...new Set(timeouts)].map(durationText))})`
  return {
    severity: 'warning',
    sentence: `The broker heard nothing of ${listed(names)} for longer than the session timeout${timeout}, and removed ${count(out.length, 'member')}.`,
    evidence: [
      ...out
        .slice(-5)
        .map(
          ({ timeMs, member }) =>
            `${timeText(timeMs)}: ${member === undefined ? 'a member' : memberText(member)} was removed.`,
        ),
      ...(hosts.size > 1 && worst !== undefined && worst[1] > 1
        ? [`${worst[1]} of them on ${worst[0].replace(/^\//, '')}.`]
        : []),
    ],
    advice: [
      'A process that was killed says nothing: close consumers on SIGTERM, so that they leave at once.',
      'One that lives was stopped: look for a blocked event loop, garbage collection, a CPU limit, a paused container, a network that dropped. Some clients (kafkajs) send heartbeats between records only, and fall silent while a handler takes long or hangs.',
      'Only then raise session.timeout.ms (classic) or consumer.session.timeout.ms (of the group, KIP-848): a crash is then noticed later.',
    ],
  }
}
