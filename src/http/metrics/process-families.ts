import type { RunningBroker } from '../../broker/index.ts'
import type { DurationSnapshot } from '../../platform/index.ts'
import { isReady, type ProcessStatus } from '../process-status.ts'
import { type Family, gauge, histogram } from './family.ts'

/** What is there from the first moment of the process. */
export function processFamilies(of: {
  readonly status: ProcessStatus
  readonly version: string
  readonly delays: DurationSnapshot
}): Family[] {
  const { status, version, delays } = of
  return [
    gauge('kohort_build_info', 'Always 1; the labels say what runs.', [
      { labels: { version, node_version: process.version }, value: 1 },
    ]),
    gauge('kohort_ready', '1 while /readyz says 200.', Number(isReady(status))),
    gauge(
      'kohort_storage_problem',
      'Whether writes are refused: the disk is full, or has failed.',
      ['full', 'failed'].map((kind) => ({ labels: { kind }, value: Number(status.state === `storage-${kind}`) })),
    ),
    histogram('kohort_event_loop_delay_seconds', 'How late timers fire, asked fifty times a second.', [
      { labels: {}, durations: delays },
    ]),
  ]
}

/** Of the volume that the data is on; nothing where nobody knows. */
export async function volumeFamilies({ broker }: RunningBroker): Promise<Family[]> {
  const { totalBytes, usableBytes } = await broker.storage.space()
  const known = (bytes: bigint) => (bytes < 0n ? [] : Number(bytes))
  return [
    gauge('kohort_volume_size_bytes', 'Size of the volume that the data folder is on.', known(totalBytes)),
    gauge('kohort_volume_free_bytes', 'What is free on it for us.', known(usableBytes)),
  ]
}
