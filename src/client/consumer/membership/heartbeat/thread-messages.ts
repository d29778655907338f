import type { Address, ConnectionSettings, OAuthToken } from '../../../connection/connection-settings.ts'
import type { Beat, HeartbeatReport, HeartbeatSettings } from './heartbeat-events.ts'

/** SASL without functions: a secret that changes is asked for by message, at each authentication. */
export type ThreadSasl =
  | {
      readonly mechanism: 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512'
      readonly username: string
      /** null: asked for. */
      readonly password: string | null
    }
  | { readonly mechanism: 'OAUTHBEARER' }

export type ThreadConnectionSettings = Omit<ConnectionSettings, 'sasl' | 'connect'> & {
  readonly sasl: ThreadSasl | undefined
}

/** One loop a consumer; all consumers of a process share the thread. */
export type ToThread = { readonly loop: number } & (
  | {
      readonly type: 'open'
      readonly groupId: string
      readonly settings: HeartbeatSettings
      readonly connection: ThreadConnectionSettings
      /** Of `SharedProgress`. */
      readonly progress: Int32Array
      readonly nodes: readonly Address[]
    }
  | { readonly type: 'beat'; readonly beat: Beat | null; readonly memberEpoch?: number | undefined }
  | { readonly type: 'leave'; readonly memberEpoch: -1 | -2 }
  /** Where brokers are now: who can say which of them coordinates the group. */
  | { readonly type: 'nodes'; readonly nodes: readonly Address[] }
  | { readonly type: 'secret'; readonly id: number; readonly secret?: string | OAuthToken; readonly error?: string }
  | { readonly type: 'close' }
)

export type FromThread = { readonly loop: number } & (
  | { readonly type: 'report'; readonly report: HeartbeatReport }
  /** Answered by `secret`. */
  | { readonly type: 'secret-wanted'; readonly id: number }
)
