import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { afterEach, describe, test } from 'vitest'
import { type CloseReason, type NetLimits, RequestServer, type ResponseSlot } from '../../src/net/index.ts'
import { type Logger, silentLogger, systemClock } from '../../src/platform/index.ts'
import { VirtualClock } from '../../src/testing/index.ts'
import { waitUntil } from '../interop/support/wait.ts'

const ends: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

interface Request {
  readonly body: string
  readonly slot: ResponseSlot
}

class Fixture {
  readonly requests: Request[] = []
  readonly server: RequestServer
  port = 0

  constructor(limits: Partial<NetLimits>, clock = systemClock, logger: Logger = silentLogger) {
    this.server = new RequestServer({
      clock,
      logger,
      limits,
      onRequest: (frame, slot) => this.requests.push({ body: frame.toString('latin1'), slot }),
    })
    ends.push(() => this.server.close(0))
  }

  async start(): Promise<this> {
    this.port = (await this.server.listen({ host: '127.0.0.1', port: 0 })).port
    return this
  }

  async client(): Promise<Client> {
    const client = new Client(connect({ port: this.port, host: '127.0.0.1', noDelay: true, allowHalfOpen: true }))
    await once(client.socket, 'connect')
    return client
  }

  async untilRequests(count: number): Promise<void> {
    await waitUntil(`${count} requests`, () => this.requests.length >= count)
  }

  answer(index: number, text: string): void {
    this.requests[index]!.slot.fill([framed(text)])
  }
}

class Client {
  readonly socket: Socket
  received = ''
  closed = false
  ended = false

  constructor(socket: Socket) {
    this.socket = socket
    socket.on('data', (chunk: Buffer) => {
      this.received += chunk.toString('latin1').replaceAll(/[^ -~]+/g, '|')
    })
    socket.on('end', () => {
      this.ended = true
    })
    socket.on('close', () => {
      this.closed = true
    })
    socket.on('error', () => {})
    ends.push(() => void socket.destroy())
  }

  send(...bodies: readonly string[]): void {
    this.socket.write(Buffer.concat(bodies.map((body) => framed(body))))
  }

  async untilReceived(text: string): Promise<void> {
    await waitUntil(`the client to have received ${text}`, () => this.received === text, {
      details: () => this.received,
    })
  }

  async untilOver(): Promise<void> {
    await waitUntil('the connection to be over', () => this.ended || this.closed)
  }
}

function framed(text: string): Buffer {
  const body = Buffer.from(text, 'latin1')
  const size = Buffer.alloc(4)
  size.writeInt32BE(body.length)
  return Buffer.concat([size, body])
}

describe('answers', () => {
  test('leave in the order of the requests, in whichever order they are given', async () => {
    const fixture = await new Fixture({}).start()
    const client = await fixture.client()
    client.send('a', 'b', 'c', 'd')
    await fixture.untilRequests(4)
    fixture.answer(2, 'C')
    fixture.answer(1, 'B')
    assert.equal(client.received, '')
    fixture.answer(0, 'A')
    await client.untilReceived('|A|B|C')
    fixture.answer(3, 'D')
    await client.untilReceived('|A|B|C|D')
  })

  test('may be none: the next one leaves in their place', async () => {
    const fixture = await new Fixture({}).start()
    const client = await fixture.client()
    client.send('a', 'b')
    await fixture.untilRequests(2)
    fixture.answer(1, 'B')
    fixture.requests[0]!.slot.fillWithNothing()
    await client.untilReceived('|B')
    assert.equal([...fixture.server.connections][0]!.inFlightRequests, 0)
  })

  test('of many pieces and large ones arrive whole', async () => {
    const fixture = await new Fixture({}).start()
    const client = await fixture.client()
    client.send('a')
    await fixture.untilRequests(1)
    const piece = Buffer.alloc(100_000, 'x')
    const size = Buffer.alloc(4)
    size.writeInt32BE(20 * piece.length)
    fixture.requests[0]!.slot.fill([size, ...new Array<Buffer>(20).fill(piece)])
    await waitUntil('two megabytes', () => client.received.replaceAll('|', '').length >= 20 * piece.length)
  })

  test('that are given when the connection is gone are dropped', async () => {
    const fixture = await new Fixture({}).start()
    const client = await fixture.client()
    client.send('a')
    await fixture.untilRequests(1)
    let isClosed = false
    fixture.requests[0]!.slot.connection.onClose(() => {
      isClosed = true
    })
    client.socket.destroy()
    await waitUntil('the server to notice', () => isClosed && fixture.server.connections.size === 0)
    fixture.answer(0, 'A')
    assert.equal(fixture.server.bufferedBytes, 0)
  })
})

describe('a connection at its limit is not read', () => {
  test('of requests in flight', async () => {
    const fixture = await new Fixture({ maxInFlightRequests: 2 }).start()
    const client = await fixture.client()
    client.send('a', 'b', 'c', 'd', 'e')
    await fixture.untilRequests(2)
    const other = await fixture.client()
    other.send('x')
    await fixture.untilRequests(3)
    assert.deepEqual(
      fixture.requests.map(({ body }) => body),
      ['a', 'b', 'x'],
    )
    fixture.answer(0, 'A')
    await fixture.untilRequests(4)
    fixture.answer(1, 'B')
    fixture.answer(3, 'C')
    await fixture.untilRequests(6)
    fixture.answer(4, 'D')
    fixture.answer(5, 'E')
    await client.untilReceived('|A|B|C|D|E')
  })

  test('of bytes in flight, whatever their number', async () => {
    const fixture = await new Fixture({ maxInFlightBytes: 1000 }).start()
    const client = await fixture.client()
    client.send('a'.repeat(800), 'b'.repeat(800), 'c'.repeat(5000), 'd')
    await fixture.untilRequests(2)
    assert.equal(fixture.requests.length, 2)
    fixture.answer(0, 'A')
    await fixture.untilRequests(3)
    fixture.answer(1, 'B')
    fixture.answer(2, 'C')
    await fixture.untilRequests(4)
    fixture.answer(3, 'D')
    await client.untilReceived('|A|B|C|D')
    assert.equal(fixture.server.bufferedBytes, 0)
  })

  test('of answers that the peer does not take', async () => {
    const fixture = await new Fixture({ maxPendingResponseBytes: 1_000_000 }).start()
    const client = await fixture.client()
    client.socket.pause()
    const large = 'A'.repeat(500_000)
    let answered = 0
    const pump = (): void => {
      for (; answered < fixture.requests.length; answered++) fixture.answer(answered, large)
    }
    client.send(...new Array<string>(100).fill('a'))
    await waitUntil('the limit', () => {
      pump()
      return [...fixture.server.connections][0]!.pendingResponseBytes >= 1_000_000
    })
    const [connection] = fixture.server.connections
    const atLimit = fixture.requests.length
    const other = await fixture.client()
    other.send('x')
    await fixture.untilRequests(atLimit + 1)
    fixture.requests.at(-1)!.slot.fill([framed('X')])
    await other.untilReceived('|X')
    fixture.requests.pop()
    pump()
    // Requests of one chunk may have been under way; no further chunk is read.
    assert.ok(connection!.pendingResponseBytes <= 1_000_000 + 100 * 500_004)
    client.socket.resume()
    await waitUntil('all to be answered', () => {
      pump()
      return answered === 100
    })
  })

  test('of requests of all connections: until others are done, except for those that hold next to nothing', async () => {
    const fixture = await new Fixture({ maxBufferedBytes: 1_300_000 }).start()
    const first = await fixture.client()
    const second = await fixture.client()
    first.send('a'.repeat(1_200_000))
    await fixture.untilRequests(1)
    second.send('b'.repeat(200_000))
    await waitUntil('a part of the second', () => fixture.server.bufferedBytes > 1_300_000)
    const third = await fixture.client()
    third.send('c')
    await fixture.untilRequests(2)
    assert.equal(fixture.requests[1]!.body, 'c')
    fixture.answer(0, 'A')
    await fixture.untilRequests(3)
    assert.equal(fixture.server.bufferedBytes, 200_001)
  })

  test('of requests that hold more than their frame, until they are answered', async () => {
    const fixture = await new Fixture({ maxInFlightBytes: 10_000 }).start()
    const client = await fixture.client()
    client.send('a')
    await fixture.untilRequests(1)
    fixture.requests[0]!.slot.hold(20_000)
    assert.equal(fixture.server.bufferedBytes, 20_001)
    client.send('b')
    const other = await fixture.client()
    other.send('c')
    await fixture.untilRequests(2)
    assert.equal(fixture.requests[1]!.body, 'c')
    fixture.answer(0, 'A')
    await fixture.untilRequests(3)
    assert.equal(fixture.server.bufferedBytes, 2)
  })
})

test('peers that together do not take more than there is memory for are ended, the longest deaf first', async () => {
  const clock = new VirtualClock()
  const lines: string[] = []
  const logger: Logger = {
    ...silentLogger,
    info: (fields, message) => lines.push(`${message} ${JSON.stringify(fields)}`),
  }
  const fixture = await new Fixture({ maxTotalPendingResponseBytes: 40_000_000 }, clock, logger).start()
  const deaf = [await fixture.client(), await fixture.client(), await fixture.client()]
  for (const [index, client] of deaf.entries()) {
    client.socket.pause()
    clock.advance(100)
    client.send(`${index}`)
    await fixture.untilRequests(index + 1)
    fixture.answer(index, 'A'.repeat(19_000_000))
  }
  const [first] = deaf
  first!.socket.resume()
  await first!.untilOver()
  const reader = await fixture.client()
  reader.send('r')
  await fixture.untilRequests(4)
  fixture.answer(3, 'R')
  await reader.untilReceived('|R')
  const isOver = ({ ended, closed }: Client): boolean => ended || closed
  assert.deepEqual(deaf.map(isOver), [true, false, false])
  assert.ok(fixture.server.metrics().responseBytesHeld <= 40_000_000)
  assert.deepEqual(fixture.server.metrics().closedConnections, new Map<CloseReason, number>([['memory', 1]]))
  assert.match(lines.at(-1)!, /"reason":"its answers were not taken, and have used up the memory for answers"/)
})

describe('half received requests that use up all memory', () => {
  test('end with the largest of them, and the others go on', async () => {
    const fixture = await new Fixture({ maxBufferedBytes: 600_000, maxFrameBytes: 1_000_000 }).start()
    const large = await fixture.client()
    const small = await fixture.client()
    const prefix = Buffer.alloc(4)
    prefix.writeInt32BE(900_000)
    large.socket.write(Buffer.concat([prefix, Buffer.alloc(200_000)]))
    await waitUntil('the large one', () => fixture.server.bufferedBytes >= 200_000)
    const before = fixture.server.bufferedBytes
    small.socket.write(Buffer.concat([prefix, Buffer.alloc(50_000)]))
    await waitUntil('the small one', () => fixture.server.bufferedBytes >= before + 50_000)
    large.socket.write(Buffer.alloc(420_000))
    await large.untilOver()
    const third = await fixture.client()
    third.send('x')
    await fixture.untilRequests(1)
    assert.equal(small.closed, false)
  })
})

describe('a connection ends', () => {
  test('when a frame has an impossible size, with one line in the log', async () => {
    const lines: string[] = []
    const logger: Logger = { ...silentLogger, info: (fields) => lines.push(JSON.stringify(fields)) }
    const fixture = await new Fixture({ maxFrameBytes: 1000 }, systemClock, logger).start()
    const client = await fixture.client()
    client.socket.write(Buffer.from('GET / HTTP/1.1\r\n\r\n'))
    await client.untilOver()
    assert.equal(lines.length, 1)
    assert.match(lines[0]!, /a frame of 1195725856 bytes is outside of 0 to 1000/)
  })

  test('after the answers due, when asked to', async () => {
    const fixture = await new Fixture({}).start()
    const client = await fixture.client()
    client.send('a', 'b')
    await fixture.untilRequests(2)
    fixture.requests[1]!.slot.connection.closeAfterResponses('a test')
    fixture.answer(1, 'B')
    fixture.answer(0, 'A')
    await client.untilReceived('|A|B')
    await client.untilOver()
  })

  test('in place of an answer, after those of earlier requests and without those of later ones', async () => {
    const fixture = await new Fixture({}).start()
    const client = await fixture.client()
    client.send('a', 'b', 'c', 'd')
    await fixture.untilRequests(4)
    fixture.answer(2, 'C')
    fixture.requests[1]!.slot.endConnection('a test')
    fixture.answer(0, 'A')
    fixture.answer(3, 'D')
    await client.untilOver()
    assert.equal(client.received, '|A')
  })

  test('cleanly, when its peer ends its side: what is under way is answered', async () => {
    const fixture = await new Fixture({}).start()
    const client = await fixture.client()
    client.send('a', 'b')
    await fixture.untilRequests(2)
    let isClosed = false
    fixture.requests[0]!.slot.connection.onClose(() => {
      isClosed = true
    })
    client.socket.end()
    await waitUntil('those that wait for it to be told', () => isClosed)
    fixture.answer(0, 'A')
    fixture.answer(1, 'B')
    await client.untilReceived('|A|B')
    await waitUntil('the server to forget it', () => fixture.server.connections.size === 0)
  })

  test('when it is idle, but not while it waits for an answer', async () => {
    const clock = new VirtualClock()
    const fixture = await new Fixture({ connectionsMaxIdleMs: 1000 }, clock).start()
    const idle = await fixture.client()
    const waiting = await fixture.client()
    waiting.send('a')
    await fixture.untilRequests(1)
    clock.advance(900)
    assert.equal(fixture.server.connections.size, 2)
    clock.advance(500)
    await idle.untilOver()
    assert.equal(fixture.server.connections.size, 1)
    fixture.answer(0, 'A')
    await waiting.untilReceived('|A')
    clock.advance(2000)
    await waiting.untilOver()
  })

  test('at once, when there are too many', async () => {
    const fixture = await new Fixture({ maxConnections: 2 }).start()
    await fixture.client()
    const second = await fixture.client()
    await waitUntil('two connections', () => fixture.server.connections.size === 2)
    const third = await fixture.client()
    await third.untilOver()
    assert.deepEqual([...fixture.server.metrics().refusedConnections], [['max-connections', 1]])
    second.socket.destroy()
    await waitUntil('a free place', () => fixture.server.connections.size === 1)
    const fourth = await fixture.client()
    fourth.send('a')
    await fixture.untilRequests(1)
  })

  test('at once, when there are too many from its address', async () => {
    const fixture = await new Fixture({ maxConnectionsPerIp: 1 }).start()
    const first = await fixture.client()
    await waitUntil('one connection', () => fixture.server.connections.size === 1)
    const second = await fixture.client()
    await second.untilOver()
    assert.deepEqual([...fixture.server.metrics().refusedConnections], [['max-connections-per-ip', 1]])
    first.send('a')
    await fixture.untilRequests(1)
  })
})

test('connections are counted: those that are open, and the others by why they ended', async () => {
  const clock = new VirtualClock()
  const fixture = await new Fixture({ maxFrameBytes: 100, connectionsMaxIdleMs: 1000 }, clock).start()
  const closed = async (reason: CloseReason): Promise<void> => {
    await waitUntil(
      `a connection closed: ${reason}`,
      () => fixture.server.metrics().closedConnections.get(reason) === 1,
    )
  }
  const leaving = await fixture.client()
  leaving.socket.end()
  await closed('client')
  const broken = await fixture.client()
  broken.send('a')
  await fixture.untilRequests(1)
  broken.socket.resetAndDestroy()
  await closed('broken')
  const wrong = await fixture.client()
  wrong.socket.write(Buffer.from([0x7f, 0, 0, 0]))
  await wrong.untilOver()
  wrong.socket.end()
  await closed('refused-request')
  await fixture.client()
  await waitUntil('the fourth', () => fixture.server.metrics().acceptedConnections === 4)
  clock.advance(2000)
  await closed('idle')
  await fixture.client()
  await waitUntil('the last', () => fixture.server.metrics().openConnections === 1)
  assert.equal(fixture.server.metrics().acceptedConnections, 5)
  const closing = fixture.server.close(0)
  clock.advance(1)
  await closing
  await closed('stop')
})

describe('closing the server', () => {
  test('sends the answers due, then ends the connections', async () => {
    const fixture = await new Fixture({}).start()
    const client = await fixture.client()
    client.send('a')
    await fixture.untilRequests(1)
    const closed = fixture.server.close(10_000)
    fixture.answer(0, 'A')
    await client.untilReceived('|A')
    client.socket.end()
    await closed
  })

  test('cuts connections that wait longer than the time of grace', async () => {
    const fixture = await new Fixture({}).start()
    const client = await fixture.client()
    client.send('a')
    await fixture.untilRequests(1)
    await fixture.server.close(1)
    await client.untilOver()
  })
})
