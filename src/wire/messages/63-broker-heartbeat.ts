import { message } from '../message.ts'
import type { Infer, Input } from '../schema.ts'
import { array, bool, int16, int32, int64, uuid } from '../schema.ts'

/** Renews a broker's registration; API key 63 (KIP-631, KIP-858). */
export const brokerHeartbeatRequest = message(
  { name: 'BrokerHeartbeatRequest', type: 'request', apiKey: 63, versions: '0-1', flexible: '0+' },
  () => ({
    brokerId: int32(),
    brokerEpoch: int64({ default: -1n }),
    currentMetadataOffset: int64(),
    wantFence: bool(),
    wantShutDown: bool(),
    offlineLogDirs: array(uuid(), { versions: '1+', tag: 0 }),
  }),
)
export interface BrokerHeartbeatRequest extends Infer<typeof brokerHeartbeatRequest.fields> {}
export interface BrokerHeartbeatRequestInput extends Input<typeof brokerHeartbeatRequest.fields> {}

/** Answers BrokerHeartbeatRequest: whether it is fenced or should shut down. */
export const brokerHeartbeatResponse = message(
  { name: 'BrokerHeartbeatResponse', type: 'response', apiKey: 63, versions: '0-1', flexible: '0+' },
  () => ({
    /** How long a quota made the broker hold the client back, in ms. */
    throttleTimeMs: int32(),
    errorCode: int16(),
    isCaughtUp: bool({ default: false }),
    isFenced: bool({ default: true }),
    shouldShutDown: bool(),
  }),
)
export interface BrokerHeartbeatResponse extends Infer<typeof brokerHeartbeatResponse.fields> {}
export interface BrokerHeartbeatResponseInput extends Input<typeof brokerHeartbeatResponse.fields> {}
