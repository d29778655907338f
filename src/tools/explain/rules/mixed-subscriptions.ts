import { listed } from '../../words/index.ts'
import type { Rule } from '../finding.ts'
import { groupedBy } from './grouped-by.ts'

/** Members of one group that subscribe to different topics. */
export const mixedSubscriptions: Rule = ({ group }) => {
  if (group === undefined || group.members.length < 2 || group.protocolType !== 'consumer') return undefined
  const known = group.members.filter(
    ({ subscribedTopics, subscribedTopicRegex }) => subscribedTopics.length > 0 || subscribedTopicRegex !== null,
  )
  const subscriptions = groupedBy(known, ({ subscribedTopics, subscribedTopicRegex }) =>
    [...[...subscribedTopics].sort(), ...(subscribedTopicRegex === null ? [] : [`/${subscribedTopicRegex}/`])].join(
      ', ',
    ),
  )
  if (subscriptions.size < 2) return undefined
  return {
    severity: 'warning',
    sentence: `Members subscribe to different things: there are ${subscriptions.size} subscriptions in one group.`,
    evidence: [...subscriptions]
      .slice(0, 10)
      .map(([topics, members]) => `${listed(members.map(({ clientId }) => clientId))}: ${topics}`),
    advice: [
      'If that is a deployment, it passes. Otherwise give each application its own group.id: members of one rebalance whenever one of the other comes or goes, and share out unevenly.',
    ],
    members: known.map(({ memberId }) => memberId),
  }
}
