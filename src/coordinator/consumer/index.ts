export {
  heartbeatConsumerGroup,
  joinConsumerGroup,
  leaveGroupOfConsumerGroup,
  syncConsumerGroup,
} from './classic-members.ts'
export { ConsumerGroup, type ConsumerGroupState } from './consumer-group.ts'
export { consumerDescribeError, type DescribedConsumerGroup, describeConsumerGroup } from './describe.ts'
export { consumerGroupHeartbeat, consumerHeartbeatError } from './heartbeat.ts'
export { type EvaluateRegexesEffect, onRegexesEvaluated, type RegexesResult } from './regexes.ts'
export { restoreTimers } from './session.ts'
export { type AssignEffect, type AssignResult, onAssigned } from './target-assignment.ts'
