export type { Cancel, Clock } from './clock.ts'
export { type Logger, silentLogger } from './logger.ts'
export { systemClock } from './system-clock.ts'
