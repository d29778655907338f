import { describe, expect, test } from 'vitest'
import { ProducerBatch } from '../../../src/client/producer/producer-batch.ts'
import { addSequence, PartitionSequences } from '../../../src/client/producer/sequences.ts'

const first = { producerId: 7n, producerEpoch: 0 }
const second = { producerId: 7n, producerEpoch: 1 }
const nobody = { acknowledged() {}, failed() {} }

let order = 0
function batchOf(count: number): ProducerBatch {
  const batch = new ProducerBatch({ topic: 't', partition: 0 }, order++, 0, 1_000)
  for (let i = 0; i < count; i++) batch.append(0, null, null, undefined, nobody, i)
  return batch
}

function sent(sequences: PartitionSequences, count: number): ProducerBatch {
  const batch = batchOf(count)
  expect(sequences.maySend(batch, first)).toBe(true)
  sequences.sent(batch, first)
  return batch
}

/** With one record acknowledged: the next sequence is 1. */
function begun(): PartitionSequences {
  const sequences = new PartitionSequences()
  const batch = sent(sequences, 1)
  sequences.returned()
  sequences.acknowledged(batch)
  return sequences
}

test('after the largest sequence comes 0', () => {
  expect([addSequence(5, 3), addSequence(2 ** 31 - 1, 1), addSequence(2 ** 31 - 3, 5)]).toEqual([8, 0, 2])
})

describe('the sequences of a partition', () => {
  test('follow each other, and a batch that is sent again keeps its own', () => {
    const sequences = begun()
    const batches = [sent(sequences, 3), sent(sequences, 2), sent(sequences, 1)]
    expect(batches.map(({ baseSequence }) => baseSequence)).toEqual([1, 4, 6])
    for (const _ of batches) sequences.returned()
    expect(batches.map((batch) => sequences.maySend(batch, first))).toEqual([true, false, false])
    sequences.sent(batches[0]!, first)
    expect(batches[0]!.baseSequence).toBe(1)
    sequences.returned()
    sequences.acknowledged(batches[0]!)
    expect(sequences.maySend(batches[1]!, first)).toBe(true)
  })

  test('of a partition that has acknowledged none begin with one batch alone', () => {
    const sequences = new PartitionSequences()
    const only = sent(sequences, 1)
    expect(sequences.maySend(batchOf(1), first)).toBe(false)
    sequences.returned()
    sequences.acknowledged(only)
    expect(sequences.maySend(batchOf(1), first)).toBe(true)
  })

  test('are given back when the last batch is refused', () => {
    const sequences = begun()
    const refused = sent(sequences, 3)
    sequences.returned()
    sequences.refused(refused)
    expect(sequences.mustRestart).toBe(false)
    expect(sent(sequences, 1).baseSequence).toBe(1)
  })

  test('begin anew in a new epoch when a batch is refused that others follow, once all are off the wire', () => {
    const sequences = begun()
    const [refused, behind] = [sent(sequences, 3), sent(sequences, 2)]
    sequences.returned()
    sequences.refused(refused)
    expect([sequences.mustRestart, sequences.maySend(batchOf(1), first)]).toEqual([false, false])
    sequences.returned()
    sequences.outOfOrder(behind)
    expect(sequences.mustRestart).toBe(true)
    sequences.restart(second)
    expect(sequences.maySend(behind, second)).toBe(true)
    sequences.sent(behind, second)
    expect(behind).toMatchObject({ baseSequence: 0, producer: second })
  })

  test('of a batch that is split go to its parts, and what follows it waits for them', () => {
    const sequences = begun()
    const [whole, behind] = [sent(sequences, 5), sent(sequences, 1)]
    const parts = [batchOf(3), batchOf(2)]
    sequences.returned()
    sequences.split(whole, parts)
    sequences.returned()
    expect(sequences.outOfOrder(behind)).toBe(true)
    expect(sequences.mustRestart).toBe(false)
    for (const next of [...parts, behind]) {
      const others = [...parts, behind].filter((batch) => batch !== next)
      expect([next, ...others].map((batch) => sequences.maySend(batch, first))).toEqual([true, false, false])
      sequences.sent(next, first)
      sequences.returned()
      sequences.acknowledged(next)
    }
    expect([...parts, behind].map(({ baseSequence }) => baseSequence)).toEqual([1, 4, 6])
    expect(sent(sequences, 1).baseSequence).toBe(7)
  })

  test('are not begun anew for a gap that closes when the batch before is sent again', () => {
    const sequences = begun()
    const [lost, behind] = [sent(sequences, 3), sent(sequences, 2)]
    sequences.returned()
    sequences.returned()
    sequences.outOfOrder(behind)
    expect(sequences.mustRestart).toBe(false)
    expect([lost, behind].map((batch) => sequences.maySend(batch, first))).toEqual([true, false])
  })

  test('are begun anew for a gap that nothing closes', () => {
    const sequences = begun()
    const only = sent(sequences, 1)
    sequences.returned()
    sequences.outOfOrder(only)
    expect(sequences.mustRestart).toBe(true)
  })

  test('wait, after a batch was given up without an answer, until those behind it have said', () => {
    const sequences = begun()
    const [given, behind] = [sent(sequences, 1), sent(sequences, 1)]
    sequences.returned()
    sequences.abandoned(given)
    expect([sequences.mustRestart, sequences.maySend(batchOf(1), first)]).toEqual([false, false])
    sequences.returned()
    sequences.acknowledged(behind)
    // The one behind was taken: so was the one before.
    expect(sequences.mustRestart).toBe(false)
    expect(sent(sequences, 1).baseSequence).toBe(3)
  })

  test('wait for the answer of a batch that failed on the wire, and go on where it was appended', () => {
    const sequences = begun()
    const late = sent(sequences, 2)
    late.attempts = 2
    sequences.expired(late)
    expect([sequences.mustRestart, sequences.maySend(batchOf(1), first)]).toEqual([false, false])
    sequences.returned()
    sequences.acknowledged(late)
    expect(sequences.mustRestart).toBe(false)
    expect(sent(sequences, 1).baseSequence).toBe(3)
  })

  test('begin anew when the last batch was given up without an answer', () => {
    const sequences = begun()
    const given = sent(sequences, 1)
    sequences.returned()
    sequences.abandoned(given)
    expect(sequences.mustRestart).toBe(true)
  })

  test('go on in the old epoch until what is in flight has its outcome, where another partition began a new one', () => {
    const sequences = begun()
    const old = sent(sequences, 1)
    const fresh = batchOf(1)
    expect(sequences.maySend(fresh, second)).toBe(false)
    sequences.returned()
    expect(sequences.maySend(old, second)).toBe(true)
    sequences.acknowledged(old)
    expect(sequences.maySend(fresh, second)).toBe(true)
    sequences.sent(fresh, second)
    expect(fresh).toMatchObject({ baseSequence: 0, producer: second })
  })
})
