// A hostile peer in a process of its own: does what it is told by JSON lines on stdin, and knows nothing of Kafka but that an answer
// begins with four bytes of size. What it sends is made by the tests (attacks.ts), so that all of an attack can be read there.
//
//   {"op":"open","port":9092,"count":50,"frames":["base64"], ...}   opens connections, each of which sends the frames in turn
//        "address":   local address to connect from, or several in turn; default: the system's choice
//        "repeat":    times that each connection sends all frames; 0 = for ever. Default 1
//        "read":      false = never reads an answer. Default true
//        "window":    sends the next frame when fewer answers are due; default: no limit, as fast as the socket takes them
//        "trickleMs": sends byte after byte with this pause between two
//        "split":     each frame only to this byte, and then nothing
//        "reconnect": opens another connection when one is closed
//        "atOnce":    connections that are opened at the same time; default 200
//   {"op":"status"}   answered with one JSON line
//   {"op":"close"}    destroys all connections; answered with one JSON line
import { connect } from 'node:net'
import { createInterface } from 'node:readline'

const seen = { open: 0, opened: 0, refused: 0, closed: 0, bytesSent: 0, bytesRead: 0, answers: 0, errors: {} }
const sockets = new Set()
let isEnding = false

createInterface({ input: process.stdin }).on('line', (line) => {
  const order = JSON.parse(line)
  if (order.op === 'open') void openAll(order)
  if (order.op === 'close') {
    isEnding = true
    for (const socket of sockets) socket.destroy()
    sockets.clear()
    setImmediate(() => {
      isEnding = false
      tell()
    })
  }
  if (order.op === 'status') tell()
})
process.stdin.on('end', () => process.exit(0))

function tell() {
  process.stdout.write(`${JSON.stringify({ ...seen, open: sockets.size })}\n`)
}

async function openAll(order) {
  const frames = (order.frames ?? []).map((text) => Buffer.from(text, 'base64'))
  const { count = 1, atOnce = 200 } = order
  let left = count
  await Promise.all(
    Array.from({ length: Math.min(atOnce, count) }, async () => {
      while (left > 0) {
        left--
        await open(order, frames, left)
      }
    }),
  )
}

function open(order, frames, index) {
  return new Promise((resolve) => {
    const { address } = order
    const localAddress = Array.isArray(address) ? address[index % address.length] : address
    const socket = connect({ port: order.port, host: '127.0.0.1', localAddress, allowHalfOpen: true })
    const peer = { due: 0, wake: () => {} }
    sockets.add(socket)
    socket.on('error', (error) => {
      seen.errors[error.code] = (seen.errors[error.code] ?? 0) + 1
    })
    socket.on('connect', () => {
      seen.opened++
      resolve()
      if (order.read === false) socket.pause()
      else countAnswers(socket, peer)
      void send(socket, order, frames, peer)
    })
    // The broker has ended its side: nothing more comes.
    socket.on('end', () => socket.destroy())
    socket.on('close', () => {
      if (socket.connecting || socket.bytesWritten + socket.bytesRead === 0) seen.refused++
      sockets.delete(socket)
      seen.closed++
      peer.wake()
      resolve()
      if (order.reconnect === true && !isEnding) setTimeout(() => void open(order, frames, index), 10)
    })
  })
}

async function send(socket, order, frames, peer) {
  const { repeat = 1, window = Number.POSITIVE_INFINITY, trickleMs, split } = order
  for (let round = 0; repeat === 0 || round < repeat; round++) {
    for (const frame of frames) {
      while (peer.due >= window && !socket.destroyed) await woken(peer)
      if (socket.destroyed) return
      peer.due++
      if (trickleMs !== undefined) await trickle(socket, frame, trickleMs)
      else if (!write(socket, split === undefined ? frame : frame.subarray(0, split))) await drained(socket, peer)
    }
    // Others, and the answers, have their turn.
    if (frames.length > 0) await new Promise((resolve) => setImmediate(resolve))
  }
}

function write(socket, bytes) {
  seen.bytesSent += bytes.length
  return socket.write(bytes)
}

async function trickle(socket, frame, pauseMs) {
  for (const byte of frame) {
    if (socket.destroyed) return
    write(socket, Buffer.from([byte]))
    await new Promise((resolve) => setTimeout(resolve, pauseMs))
  }
}

function drained(socket, peer) {
  return new Promise((resolve) => {
    peer.wake = resolve
    socket.once('drain', resolve)
  })
}

function woken(peer) {
  return new Promise((resolve) => {
    peer.wake = resolve
  })
}

/** Counts answers by their sizes, and keeps none. */
function countAnswers(socket, peer) {
  let prefix = 0
  let prefixBytes = 0
  let rest = 0
  socket.on('data', (chunk) => {
    seen.bytesRead += chunk.length
    for (let at = 0; at < chunk.length; ) {
      if (rest === 0) {
        prefix = prefix * 256 + chunk[at++]
        if (++prefixBytes < 4) continue
        rest = prefix
        prefix = 0
        prefixBytes = 0
        continue
      }
      const bytes = Math.min(rest, chunk.length - at)
      rest -= bytes
      at += bytes
      if (rest > 0) continue
      seen.answers++
      peer.due--
      peer.wake()
    }
  })
}
