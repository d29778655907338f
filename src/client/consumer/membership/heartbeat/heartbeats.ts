import type { Beat, HeartbeatReport } from './heartbeat-events.ts'

/** The heartbeat loop, wherever it runs. */
export interface Heartbeats {
  readonly mode: 'thread' | 'inline'
  /**
   * For whom to speak from now on; null: for nobody.
   * @param memberEpoch KIP-848: with which the member is in the group already; default: it joins
   */
  beat(beat: Beat | null, memberEpoch?: number): void
  /** From now on the application's code runs, and may hold up the event loop. Cheap when said again. */
  mayBlock(): void
  /** KIP-848: goodbye with this member epoch; answered by the report `left`. */
  leave(memberEpoch: -1 | -2): void
  close(): Promise<void>
}

export type OnReport = (report: HeartbeatReport) => void
