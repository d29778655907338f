export {
  heartbeatConsumerGroup,
  joinConsumerGroup,
  leaveGroupOfConsumerGroup,
  syncConsumerGroup,
} from './classic-members.ts'
export { ConsumerGroup, type ConsumerGroupState } from './consumer-group.ts'
export { onConsumerDeadline } from './deadlines.ts'
export { describeConsumerGroup } from './describe.ts'
export { consumerDescribeError, type DescribedConsumerGroup } from './errors.ts'
export { consumerGroupHeartbeat } from './heartbeat.ts'
export { type EvaluateRegexesEffect, onRegexesEvaluated, type RegexesResult } from './regexes.ts'
export { restoreConsumerGroup } from './restore.ts'
export { renewSession as renewConsumerSession } from './session.ts'
export { type AssignEffect, type AssignResult, onAssigned } from './target-assignment.ts'
