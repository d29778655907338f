export { type ExporterOptions, startExporter } from './exporter.ts'
export { type HttpServerOptions, startHttpServer } from './http-server.ts'
export type { Observed } from './process-status.ts'
export type { HttpAddress, HttpServer } from './serve-http.ts'
