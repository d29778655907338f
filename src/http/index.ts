export { type HttpServer, type HttpServerOptions, startHttpServer } from './http-server.ts'
export type { Observed } from './process-status.ts'
