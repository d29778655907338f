export { type CloseReason, Connection, type Listener } from './connection.ts'
export { defaultNetLimits, type NetLimits } from './limits.ts'
export { type AnswerObserver, ResponseSlot } from './response-slot.ts'
export { type NetMetrics, type RefusalReason, RequestServer, type RequestServerOptions } from './server.ts'
