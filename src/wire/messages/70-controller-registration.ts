import { message } from '../message.ts'
import type { Infer, Input } from '../schema.ts'
import { array, bool, int16, int32, string, uint16, uuid } from '../schema.ts'

/** Registers a controller with the quorum; API key 70 (KIP-919). */
export const controllerRegistrationRequest = message(
  { name: 'ControllerRegistrationRequest', type: 'request', apiKey: 70, versions: '0', flexible: '0+' },
  () => ({
    controllerId: int32(),
    incarnationId: uuid(),
    zkMigrationReady: bool(),
    listeners: array({
      name: string(),
      host: string(),
      port: uint16(),
      securityProtocol: int16(),
    }),
    features: array({
      name: string(),
      minSupportedVersion: int16(),
      maxSupportedVersion: int16(),
    }),
  }),
)
export interface ControllerRegistrationRequest extends Infer<typeof controllerRegistrationRequest.fields> {}
export interface ControllerRegistrationRequestInput extends Input<typeof controllerRegistrationRequest.fields> {}

/** Answers ControllerRegistrationRequest: an error code. */
export const controllerRegistrationResponse = message(
  { name: 'ControllerRegistrationResponse', type: 'response', apiKey: 70, versions: '0', flexible: '0+' },
  () => ({
    /** How long a quota made the broker hold the client back, in ms. */
    throttleTimeMs: int32(),
    errorCode: int16(),
    errorMessage: string({ nullable: '0+' }),
  }),
)
export interface ControllerRegistrationResponse extends Infer<typeof controllerRegistrationResponse.fields> {}
export interface ControllerRegistrationResponseInput extends Input<typeof controllerRegistrationResponse.fields> {}
