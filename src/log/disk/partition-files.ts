import { Buffer } from 'node:buffer'
import type { LeaderEpochStart } from '../leader-epochs.ts'
import type { Disk } from './disk.ts'

/**
 * Kafka's two small files of a partition's folder, for people and tools, and for a start without a checkpoint: otherwise the checkpoint is
 * what counts. They are not flushed.
 */
export async function writePartitionMetadata(disk: Disk, folder: string, topicId: string): Promise<void> {
  await writeText(disk, `${folder}/partition.metadata`, `version: 0\ntopic_id: ${topicId}`)
}

export async function readPartitionMetadata(disk: Disk, folder: string): Promise<string | undefined> {
  const bytes = await disk.readFile(`${folder}/partition.metadata`)
  return bytes && /^topic_id: ([\w-]{22})$/m.exec(bytes.toString('latin1'))?.[1]
}

export async function writeLeaderEpochs(
  disk: Disk,
  folder: string,
  entries: readonly LeaderEpochStart[],
): Promise<void> {
  const lines = entries.map(({ leaderEpoch, startOffset }) => `${leaderEpoch} ${startOffset}\n`)
  await writeText(disk, `${folder}/leader-epoch-checkpoint`, `0\n${entries.length}\n${lines.join('')}`)
}

export async function readLeaderEpochs(disk: Disk, folder: string): Promise<readonly LeaderEpochStart[]> {
  const bytes = await disk.readFile(`${folder}/leader-epoch-checkpoint`)
  const lines = (bytes?.toString('latin1') ?? '').matchAll(/^(\d+) (\d+)$/gm)
  return Array.from(lines, ([, epoch, offset]) => ({ leaderEpoch: Number(epoch), startOffset: Number(offset) }))
}

async function writeText(disk: Disk, path: string, text: string): Promise<void> {
  const file = await disk.open(path, { create: true })
  try {
    const bytes = Buffer.from(text)
    await file.write([bytes], 0)
    await file.truncate(bytes.length)
  } finally {
    await file.close()
  }
}
