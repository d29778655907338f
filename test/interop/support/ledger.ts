import type { ClientProcess } from './client-process.ts'

/** A time during which one consumer held a partition, and what it read then. */
interface Tenure {
  readonly consumer: string
  readonly partition: string
  readonly assignedAt: number
  first: number | undefined
  next: number
}

/**
 * Checks that consumers with manual commits saw every record exactly as committed:
 * - nobody reads a partition that it does not hold;
 * - each holder starts where the last commit before its assignment points to (else at `startOffset`), and reads on
 *   without a gap: committed records are not seen again, uncommitted ones are;
 * - after one that was `cutOff`, killed or frozen, a commit may have succeeded of which it could not tell: the next
 *   holder then starts between the last known commit and what the other had seen;
 * - all offsets up to `endOffsets` were seen, and all are committed.
 * Times are the programs' own wall clocks, one machine's, so order between processes is sound to the millisecond.
 */
export function seenExactlyAsCommitted(options: {
  readonly consumers: readonly ClientProcess[]
  readonly endOffsets: Readonly<Record<string, number>>
  readonly committedOffsets: Readonly<Record<string, number>>
  readonly cutOff?: readonly ClientProcess[]
  readonly startOffset?: number
}): void {
  const startOffset = options.startOffset ?? 0
  const complaints: string[] = []
  const tenures = options.consumers.flatMap((consumer) => tenuresOf(consumer, complaints))
  const commits = options.consumers.flatMap((consumer) => consumer.eventsOf('committed'))
  commits.sort((a, b) => a.at - b.at)

  for (const tenure of tenures) {
    if (tenure.first === undefined) continue
    const before = commits.filter((c) => c.at <= tenure.assignedAt && c.offsets[tenure.partition] !== undefined)
    const expected = before.at(-1)?.offsets[tenure.partition] ?? startOffset
    const mayKnowMore = (options.cutOff ?? []).flatMap((consumer) => seenOf(consumer, tenure.partition))
    const latest = Math.max(expected, ...mayKnowMore.map((offset) => offset + 1))
    if (tenure.first < expected || tenure.first > latest) {
      complaints.push(`${tenure.consumer} began ${tenure.partition} at ${tenure.first}, committed was ${expected}`)
    }
  }
  for (const [partition, end] of Object.entries(options.endOffsets)) {
    const seen = new Set<number>()
    for (const tenure of tenures) {
      if (tenure.partition !== partition || tenure.first === undefined) continue
      for (let offset = tenure.first; offset < tenure.next; offset++) seen.add(offset)
    }
    if (seen.size !== end - startOffset) {
      complaints.push(`${partition}: saw ${seen.size} of ${end - startOffset} records`)
    }
    const committed = options.committedOffsets[partition]
    if (end > startOffset && committed !== end) complaints.push(`${partition}: committed ${committed}, end is ${end}`)
  }
  if (complaints.length > 0) throw new Error(complaints.join('\n'))
}

function seenOf(consumer: ClientProcess, partition: string): readonly number[] {
  return consumer.records.filter((r) => `${r.topic}-${r.partition}` === partition).map((r) => r.offset)
}

function tenuresOf(consumer: ClientProcess, complaints: string[]): readonly Tenure[] {
  const tenures: Tenure[] = []
  const open = new Map<string, Tenure>()
  for (const event of consumer.events) {
    switch (event.event) {
      case 'assigned':
        for (const partition of event.partitions) {
          if (open.has(partition)) complaints.push(`${consumer.name} was assigned ${partition} which it holds`)
          const tenure = { consumer: consumer.name, partition, assignedAt: event.at, first: undefined, next: 0 }
          open.set(partition, tenure)
          tenures.push(tenure)
        }
        break
      case 'revoked':
      case 'lost':
        for (const partition of event.partitions) open.delete(partition)
        break
      case 'record': {
        const partition = `${event.topic}-${event.partition}`
        const tenure = open.get(partition)
        if (tenure === undefined) {
          complaints.push(`${consumer.name} read ${partition}@${event.offset} without holding it`)
          break
        }
        if (tenure.first === undefined) tenure.first = event.offset
        else if (event.offset !== tenure.next) {
          complaints.push(`${consumer.name} read ${partition}@${event.offset} after ${tenure.next - 1}`)
        }
        tenure.next = event.offset + 1
        break
      }
      case 'committed':
      case 'delivered':
      case 'error':
      case 'closed':
        break
    }
  }
  return tenures
}
