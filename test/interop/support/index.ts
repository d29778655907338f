export { type Admin, adminOf } from './admin.ts'
export { type Broker, startBroker, type Target, target } from './broker.ts'
export { Child, type Command } from './child.ts'
export type {
  Assignor,
  ClientEvent,
  ClientProgram,
  Codec,
  ConsumerOptions,
  GroupProtocol,
  ProducerOptions,
} from './client.ts'
export { ClientProcess } from './client-process.ts'
export { javaCommand, kafkaClassPath } from './kafka-jars.ts'
export { freePort } from './ports.ts'
export { interopSuite, isFullRun } from './suite.ts'
export { installOnce, interopCache, projectRoot, requireTool, run } from './toolchain.ts'
export { waitUntil } from './wait.ts'
