export {
  type BrokerOptions,
  BrokerStartError,
  type GroupEvent,
  type GroupEventMember,
  type GroupEventTrigger,
  type GroupEventType,
  type RunningBroker,
  type TimelineEvent,
  type TimelineOptions,
} from '../broker/index.ts'
export type { Clock, Logger } from '../platform/index.ts'
export { type WaitOptions, WaitTimeoutError } from './changes.ts'
export type { Fault, FaultMatch, FaultScript } from './faults.ts'
export { type AdvanceOptions, JumpingClock } from './jumping-clock.ts'
export type { TestConnection } from './member-connections.ts'
export type { SeedRecord, TestRecord } from './seed.ts'
export { type PlainTestBrokerOptions, startTestBroker } from './start-broker.ts'
export { startBroker, type TestBroker, type TestBrokerOptions } from './test-broker.ts'
export { type MemberName, type Partitions, TestGroup, type TestMember, type TestOffset } from './test-group.ts'
export { VirtualClock } from './virtual-clock.ts'
