import { channel } from 'node:diagnostics_channel'

/** On `kohort:request`: one request has been answered, or will not be. */
export interface RequestEvent {
  /** Kafka's name: 'Fetch'. */
  readonly api: string
  readonly version: number
  /** 'host:port' */
  readonly node: string
  readonly clientId: string
  /** From the write to the answer, in ms. */
  readonly durationMs: number
  /** How long the broker asks for silence (quotas), in ms. */
  readonly throttleMs: number
  /** undefined when it was answered; error codes inside the answer are not looked at. */
  readonly error: Error | undefined
}

/** On `kohort:connection`: a connection is ready, could not be made, or has ended. */
export interface ConnectionEvent {
  readonly event: 'open' | 'failed' | 'close'
  /** 'host:port' */
  readonly node: string
  readonly clientId: string
  readonly error: Error | undefined
}

/** Channels of node:diagnostics_channel. Nothing is made for them while nobody listens. */
export const requestChannel = channel('kohort:request')
export const connectionChannel = channel('kohort:connection')
