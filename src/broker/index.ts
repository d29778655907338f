export type { GroupEvent } from '../runtime/index.ts'
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
export {
  type BrokerOptions,
  type ListenerOptions,
  type RunningBroker,
  startBroker,
} from './start-broker.ts'
export { BrokerStartError } from './start-error.ts'
export type { TopicAtStart } from './topics/topics-at-start.ts'
