import { message } from '../message.ts'
import type { Infer, Input } from '../schema.ts'
import { array, bool, int16, int32, int64, string, uint16, uuid } from '../schema.ts'

/** Registers a broker with the controller; API key 62 (KIP-631, KIP-858). */
export const brokerRegistrationRequest = message(
  { name: 'BrokerRegistrationRequest', type: 'request', apiKey: 62, versions: '0-4', flexible: '0+' },
  () => ({
    brokerId: int32(),
    clusterId: string(),
    incarnationId: uuid(),
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
    rack: string({ nullable: '0+' }),
    isMigratingZkBroker: bool({ versions: '1+', default: false }),
    logDirs: array(uuid(), { versions: '2+', ignorable: true }),
    previousBrokerEpoch: int64({ versions: '3+', default: -1n, ignorable: true }),
  }),
)
export interface BrokerRegistrationRequest extends Infer<typeof brokerRegistrationRequest.fields> {}
export interface BrokerRegistrationRequestInput extends Input<typeof brokerRegistrationRequest.fields> {}

/** Answers BrokerRegistrationRequest: the broker's epoch. */
export const brokerRegistrationResponse = message(
  { name: 'BrokerRegistrationResponse', type: 'response', apiKey: 62, versions: '0-4', flexible: '0+' },
  () => ({
    /** How long a quota made the broker hold the client back, in ms. */
    throttleTimeMs: int32(),
    errorCode: int16(),
    brokerEpoch: int64({ default: -1n }),
  }),
)
export interface BrokerRegistrationResponse extends Infer<typeof brokerRegistrationResponse.fields> {}
export interface BrokerRegistrationResponseInput extends Input<typeof brokerRegistrationResponse.fields> {}
