import { message } from './message.ts'
import type { Infer, Input } from './schema.ts'
import { int16, int32, string } from './schema.ts'

/** Stands before every request. Version 2 goes with flexible requests, version 1 with the others (KIP-482). */
export const requestHeader = message(
  { name: 'RequestHeader', type: 'header', versions: '1-2', flexible: '2+' },
  () => ({
    requestApiKey: int16(),
    requestApiVersion: int16(),
    correlationId: int32(),
    clientId: string({ nullable: '1+', flexible: 'none' }),
  }),
)
export interface RequestHeader extends Infer<typeof requestHeader.fields> {}
export interface RequestHeaderInput extends Input<typeof requestHeader.fields> {}

/** Stands before every response. Version 1 goes with flexible responses, but never with ApiVersions (KIP-511). */
export const responseHeader = message(
  { name: 'ResponseHeader', type: 'header', versions: '0-1', flexible: '1+' },
  () => ({
    correlationId: int32(),
  }),
)
export interface ResponseHeader extends Infer<typeof responseHeader.fields> {}
export interface ResponseHeaderInput extends Input<typeof responseHeader.fields> {}
