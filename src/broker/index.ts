export type { GroupEvent } from '../coordinator/index.ts'
export type {
  GroupEventMember,
  GroupEventTrigger,
  GroupEventType,
  TimelineAssignment,
  TimelineEvent,
  TimelinePhases,
} from '../wire/index.ts'
export type { Broker, BrokerStorage, LogLevels } from './broker.ts'
export {
  brokerConfigDefinitions,
  type ClassifiedProperties,
  classifyServerProperties,
  configsOfEnvironment,
  nearestConfigName,
  parseListeners,
  parseProperties,
} from './configs/index.ts'
export { ConnectionEnd } from './handler.ts'
export type { BrokerMetrics, BrokerStatus, FetchMetrics } from './metrics/broker-metrics.ts'
export type { GroupEventCount, GroupEventMetrics } from './metrics/group-event-counters.ts'
export type { InterceptedRequest, RequestInterceptor } from './server/interceptor.ts'
export type { ApiMetrics } from './server/request-counters.ts'
export {
  type BrokerOptions,
  type ListenerOptions,
  type RunningBroker,
  startBroker,
} from './start-broker.ts'
export { BrokerStartError, listenError } from './start-error.ts'
export type { TimelineOptions } from './timeline/index.ts'
export { createTopicsAtStart, type TopicAtStart } from './topics/topics-at-start.ts'
