import { message } from '../message.ts'
import type { Infer, Input } from '../schema.ts'
import { bool, bytes, int8, int16, int32, uuid } from '../schema.ts'

/** Brings client metrics; API key 72 (KIP-714). */
export const pushTelemetryRequest = message(
  { name: 'PushTelemetryRequest', type: 'request', apiKey: 72, versions: '0', flexible: '0+' },
  () => ({
    clientInstanceId: uuid(),
    subscriptionId: int32(),
    terminating: bool(),
    compressionType: int8(),
    metrics: bytes(),
  }),
)
export interface PushTelemetryRequest extends Infer<typeof pushTelemetryRequest.fields> {}
export interface PushTelemetryRequestInput extends Input<typeof pushTelemetryRequest.fields> {}

/** Answers PushTelemetryRequest: an error code. */
export const pushTelemetryResponse = message(
  { name: 'PushTelemetryResponse', type: 'response', apiKey: 72, versions: '0', flexible: '0+' },
  () => ({
    /** How long a quota made the broker hold the client back, in ms. */
    throttleTimeMs: int32(),
    errorCode: int16(),
  }),
)
export interface PushTelemetryResponse extends Infer<typeof pushTelemetryResponse.fields> {}
export interface PushTelemetryResponseInput extends Input<typeof pushTelemetryResponse.fields> {}
