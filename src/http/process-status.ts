import type { BrokerStatus, RunningBroker } from '../broker/index.ts'

/** What the HTTP server looks at: the broker of this process, from before it is there. */
export interface Observed {
  /** Undefined until it takes connections. */
  readonly broker: RunningBroker | undefined
  /** Set as soon as the process is told to end. */
  readonly isStopping: boolean
}

export interface ProcessStatus {
  /** 'starting': no connections are taken yet. */
  readonly state: 'starting' | BrokerStatus['state']
  readonly message: string
}

export function processStatus({ broker, isStopping }: Observed): ProcessStatus {
  const status = broker?.status()
  // Worth more than that the process is about to end for it.
  if (status?.state === 'storage-failed') return status
  if (isStopping) return { state: 'stopping', message: 'the broker stops' }
  return status ?? { state: 'starting', message: 'the data folder is being read; no connections are taken yet' }
}

/** Whether it is worth waiting for: a long recovery and a full disk are, a disk that has failed is not. */
export function isAlive({ state }: ProcessStatus): boolean {
  return state !== 'storage-failed'
}

/** Whether it serves everything now. */
export function isReady({ state }: ProcessStatus): boolean {
  return state === 'ready'
}
