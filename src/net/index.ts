export { Connection, type Listener } from './connection.ts'
export { defaultNetLimits, type NetLimits } from './limits.ts'
export { ResponseSlot } from './response-slot.ts'
export { RequestServer, type RequestServerOptions } from './server.ts'
