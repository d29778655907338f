import type { HeadersInput } from '../serdes/index.ts'

export interface ProducerRecord<K, V> {
  readonly topic: string
  readonly key?: K | undefined
  readonly value: V
  readonly headers?: HeadersInput | undefined
  /** Default: by the key, or batch by batch. */
  readonly partition?: number | undefined
  /** In ms since the epoch; default now. */
  readonly timestamp?: number | undefined
}
