import { message } from '../message.ts'
import type { Infer, Input } from '../schema.ts'
import { array, bool, int8, int16, int32, string, uuid } from '../schema.ts'

/** Asks which client metrics the broker wants; API key 71 (KIP-714). */
export const getTelemetrySubscriptionsRequest = message(
  { name: 'GetTelemetrySubscriptionsRequest', type: 'request', apiKey: 71, versions: '0', flexible: '0+' },
  () => ({
    clientInstanceId: uuid(),
  }),
)
export interface GetTelemetrySubscriptionsRequest extends Infer<typeof getTelemetrySubscriptionsRequest.fields> {}
export interface GetTelemetrySubscriptionsRequestInput extends Input<typeof getTelemetrySubscriptionsRequest.fields> {}

/** Answers GetTelemetrySubscriptionsRequest: the metrics and the interval. */
export const getTelemetrySubscriptionsResponse = message(
  { name: 'GetTelemetrySubscriptionsResponse', type: 'response', apiKey: 71, versions: '0', flexible: '0+' },
  () => ({
    /** How long a quota made the broker hold the client back, in ms. */
    throttleTimeMs: int32(),
    errorCode: int16(),
    clientInstanceId: uuid(),
    subscriptionId: int32(),
    acceptedCompressionTypes: array(int8()),
    pushIntervalMs: int32(),
    telemetryMaxBytes: int32(),
    deltaTemporality: bool(),
    requestedMetrics: array(string()),
  }),
)
export interface GetTelemetrySubscriptionsResponse extends Infer<typeof getTelemetrySubscriptionsResponse.fields> {}
export interface GetTelemetrySubscriptionsResponseInput
  extends Input<typeof getTelemetrySubscriptionsResponse.fields> {}
