import { message } from '../message.ts'
import type { Infer, Input } from '../schema.ts'
import { bool, bytes, int8, int16, int32, uuid } from '../schema.ts'

export const pushTelemetryRequest = message(
  { name: 'PushTelemetryRequest', type: 'request', apiKey: 72, versions: '0', flexible: '0+' },
  {
    clientInstanceId: uuid(),
    subscriptionId: int32(),
    terminating: bool(),
    compressionType: int8(),
    metrics: bytes(),
  },
)
export interface PushTelemetryRequest extends Infer<typeof pushTelemetryRequest.fields> {}
export interface PushTelemetryRequestInput extends Input<typeof pushTelemetryRequest.fields> {}

export const pushTelemetryResponse = message(
  { name: 'PushTelemetryResponse', type: 'response', apiKey: 72, versions: '0', flexible: '0+' },
  {
    throttleTimeMs: int32(),
    errorCode: int16(),
  },
)
export interface PushTelemetryResponse extends Infer<typeof pushTelemetryResponse.fields> {}
export interface PushTelemetryResponseInput extends Input<typeof pushTelemetryResponse.fields> {}
