export type { Cancel, Clock } from './clock.ts'
export { DurationHistogram, type DurationSnapshot } from './duration-histogram.ts'
export { type Logger, silentLogger } from './logger.ts'
export { holdingSystemClock, systemClock } from './system-clock.ts'
