export { type BrokerOptions, BrokerStartError, type GroupEvent, type RunningBroker } from '../broker/index.ts'
export type { Clock, Logger } from '../platform/index.ts'
export { startTestBroker, type TestBrokerOptions } from './start-broker.ts'
export { VirtualClock } from './virtual-clock.ts'
