import assert from 'node:assert/strict'
import fc from 'fast-check'
import { describe, test } from 'vitest'
import { FrameAssembler, FrameCredit, FrameSizeError } from '../../src/net/frame-assembler.ts'

const MAX = 1_000_000

function framed(...bodies: readonly Uint8Array[]): Buffer {
  return Buffer.concat(
    bodies.flatMap((body) => {
      const size = Buffer.alloc(4)
      size.writeInt32BE(body.length)
      return [size, body]
    }),
  )
}

/** Feeds the chunks and takes every frame as soon as it is there. The chunks' memory is overwritten then. */
function assemble(chunks: readonly Buffer[], assembler = new FrameAssembler(MAX, new FrameCredit(MAX))): Buffer[] {
  const frames: Buffer[] = []
  const take = (): void => {
    for (let frame = assembler.next(); frame !== undefined; frame = assembler.next()) frames.push(frame)
  }
  for (const chunk of chunks) {
    let rest = Buffer.from(chunk)
    for (let room = assembler.room(); room !== undefined && rest.length > 0; room = assembler.room()) {
      const bytes = rest.copy(room)
      assembler.filled(bytes)
      take()
      rest = rest.subarray(bytes)
    }
    if (rest.length === 0) continue
    assembler.push(rest)
    take()
    rest.fill(0xff)
  }
  return frames
}

describe('frames', () => {
  test('come out whole, wherever the stream is cut', () => {
    const bodies = [Buffer.from('one'), Buffer.alloc(0), Buffer.from('three, a longer one'), Buffer.from('4')]
    const stream = framed(...bodies)
    for (let i = 0; i <= stream.length; i++) {
      for (let j = i; j <= stream.length; j++) {
        const chunks = [stream.subarray(0, i), stream.subarray(i, j), stream.subarray(j)].filter((c) => c.length > 0)
        assert.deepEqual(assemble(chunks), bodies, `cut at ${i} and ${j}`)
      }
    }
  })

  test('of any sizes in chunks of any sizes come out as they went in, with and without credit', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 120_000 }), { maxLength: 5 }),
        fc.array(fc.integer({ min: 1, max: 70_000 }), { minLength: 1, maxLength: 20 }),
        fc.boolean(),
        (sizes, cuts, hasCredit) => {
          const bodies = sizes.map((size, i) => Buffer.alloc(size, `${i}${size}`))
          const stream = framed(...bodies)
          const chunks: Buffer[] = []
          for (let at = 0, i = 0; at < stream.length; i++) {
            const end = at + cuts[i % cuts.length]!
            chunks.push(stream.subarray(at, end))
            at = end
          }
          const assembler = new FrameAssembler(MAX, new FrameCredit(hasCredit ? MAX : 0))
          const frames = assemble(chunks, assembler)
          assert.equal(frames.length, bodies.length)
          for (const [i, frame] of frames.entries()) assert.ok(frame.equals(bodies[i]!))
          assert.equal(assembler.partialBytes, 0)
        },
      ),
      { numRuns: 200 },
    )
  })

  test('of a size below zero or above the limit are refused as soon as the size is there', () => {
    for (const size of [-1, MAX + 1, 2 ** 31 - 1, -(2 ** 31)]) {
      const prefix = Buffer.alloc(4)
      prefix.writeInt32BE(size)
      assert.throws(() => assemble([prefix]), FrameSizeError)
      assert.throws(() => assemble([prefix.subarray(0, 1), prefix.subarray(1)]), FrameSizeError)
    }
    const largest = Buffer.alloc(4)
    largest.writeInt32BE(MAX)
    assert.deepEqual(assemble([largest]), [])
  })

  test('that a limit kept back come out as they went in when the memory of their chunk was used for others', () => {
    const assembler = new FrameAssembler(MAX, new FrameCredit(MAX))
    const chunk = framed(Buffer.from('one'), Buffer.from('two'), Buffer.alloc(100, 3))
    assembler.push(chunk.subarray(0, 40))
    assert.equal(assembler.next()?.toString(), 'one')
    assembler.keepChunk()
    chunk.fill(0xff, 0, 40)
    assert.equal(assembler.next()?.toString(), 'two')
    assert.equal(assembler.next(), undefined)
    assert.deepEqual(assemble([chunk.subarray(40)], assembler), [Buffer.alloc(100, 3)])
  })

  test('that are large are received in place', () => {
    const assembler = new FrameAssembler(MAX, new FrameCredit(MAX))
    assert.deepEqual(assemble([framed(Buffer.alloc(100_000, 1)).subarray(0, 1000)], assembler), [])
    const room = assembler.room()!
    assert.equal(room.length, 100_004 - 1000)
    assembler.filled(room.fill(2).length)
    assert.equal(assembler.next()?.buffer, room.buffer)
    assert.equal(assembler.room(), undefined)
  })
})

describe('a frame that is announced and does not come', () => {
  const announced = 900_000
  const prefix = Buffer.alloc(4)
  prefix.writeInt32BE(announced)

  test('takes its memory at once while there is credit, and gives the credit back', () => {
    const credit = new FrameCredit(1_000_000)
    const assembler = new FrameAssembler(MAX, credit)
    assemble([prefix, Buffer.alloc(10)], assembler)
    assert.equal(assembler.partialBytes, announced)
    assert.equal(credit.take(200_000), false)
    assembler.discard()
    assert.equal(credit.take(1_000_000), true)
  })

  test('takes little more than what came when there is no credit', () => {
    const assembler = new FrameAssembler(MAX, new FrameCredit(0))
    assemble([prefix], assembler)
    assert.equal(assembler.partialBytes, 0)
    let received = 0
    for (const bytes of [1, 10_000, 50_000, 200_000]) {
      assemble([Buffer.alloc(bytes)], assembler)
      received += bytes
      assert.ok(assembler.partialBytes <= Math.max(16 * 1024, received * 2), `${assembler.partialBytes} of ${received}`)
    }
    const [frame] = assemble([Buffer.alloc(announced - received)], assembler)
    assert.equal(frame?.length, announced)
  })
})
