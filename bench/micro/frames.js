import { bench, group } from 'mitata'
import { FrameAssembler, FrameCredit } from '../../dist/net/frame-assembler.js'
import { apis, decodeRequestHeader, encodeRequestFrame, Reader } from '../../dist/wire/index.js'
import { heartbeatFrame } from './groups.js'

const CHUNK_BYTES = 64 * 1024
const FRAME_BYTES_MAX = 100 * 1024 * 1024

/** What comes off a socket: frames one behind the other, cut into chunks of 64 KB wherever that falls. */
function chunksOf(frame, count) {
  const all = Buffer.concat(Array.from({ length: count }, () => frame))
  const chunks = []
  for (let at = 0; at < all.length; at += CHUNK_BYTES) chunks.push(all.subarray(at, at + CHUNK_BYTES))
  return chunks
}

function drain(assembler, chunks) {
  let bytes = 0
  for (const chunk of chunks) {
    assembler.push(chunk)
    for (let frame = assembler.next(); frame !== undefined; frame = assembler.next()) bytes += frame.length
  }
  return bytes
}

function sized(bytes) {
  const frame = Buffer.alloc(4 + bytes)
  frame.writeInt32BE(bytes, 0)
  return frame
}

group('frames cut from chunks of 64 KB', () => {
  const assembler = new FrameAssembler(FRAME_BYTES_MAX, new FrameCredit(64 * 1024 * 1024))
  for (const [name, bytes, count] of [
    ['600 of 100 B', 100, 600],
    ['64 of 1 KB', 1000, 64],
    ['1 of 1 MB', 1_000_000, 1],
  ]) {
    const chunks = chunksOf(sized(bytes), count)
    bench(`frame assembler: ${name}`, () => drain(assembler, chunks))
  }
})

group('request decoded', () => {
  const heartbeat = heartbeatFrame.subarray(4)
  bench('header of a heartbeat', () => decodeRequestHeader(heartbeat))
  bench('header and body of a heartbeat', () => decode(heartbeat))
  for (const partitions of [1, 6, 100]) {
    const records = Buffer.alloc(16_000)
    const partitionData = Array.from({ length: partitions }, (_, index) => ({ index, records }))
    const body = { transactionalId: null, acks: -1, timeoutMs: 30_000, topicData: [{ name: 'topic', partitionData }] }
    const frame = Buffer.concat(
      encodeRequestFrame({ api: apis.Produce, version: 9, correlationId: 1, clientId: 'bench', body }),
    ).subarray(4)
    bench(`header and body of a produce of ${partitions} partitions`, () => decode(frame))
  }
})

function decode(frame) {
  const { api, apiVersion, bodyOffset } = decodeRequestHeader(frame)
  return api.request.read(new Reader(frame, bodyOffset), apiVersion)
}
