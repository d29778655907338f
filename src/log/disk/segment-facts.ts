import { Buffer } from 'node:buffer'
import { BATCH_HEADER_BYTES } from '../../wire/index.ts'
import * as batches from '../batch.ts'
import type { BatchFacts } from '../segment.ts'
import type { DiskSegment } from './disk-segment.ts'
import type { FilePool } from './file-pool.ts'

/** The batches of a segment wholly below `endOffset`, by their headers. After a crash the file may end there, or hold older bytes behind. */
export async function factsBelow(pool: FilePool, segment: DiskSegment, endOffset: number): Promise<BatchFacts[]> {
  const facts: BatchFacts[] = []
  const header = Buffer.allocUnsafe(BATCH_HEADER_BYTES)
  await pool.use(
    segment.logPath,
    async (file) => {
      const fileBytes = await file.size()
      for (let at = 0; at < segment.sizeBytes; ) {
        const read = await file.read(header, at)
        if (read < header.length || !batches.looksLikeBatch(header, 0)) return
        const lastOffset = batches.lastOffsetOf(header, 0)
        const sizeBytes = batches.sizeOf(header, 0)
        if (lastOffset >= endOffset || at + sizeBytes > fileBytes) return
        facts.push({ lastOffset, maxTimestampMs: batches.maxTimestampOf(header, 0), sizeBytes })
        at += sizeBytes
      }
    },
    { create: false },
  )
  return facts
}
