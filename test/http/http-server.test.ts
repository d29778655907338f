import { createServer } from 'node:net'
import { describe, expect, test } from 'vitest'
import { BrokerStartError } from '../../src/broker/index.ts'
import { startHttpServer } from '../../src/http/index.ts'
import { silentLogger, systemClock } from '../../src/platform/index.ts'
import { waitUntil } from '../interop/support/wait.ts'
import { HttpFixture } from './support/http-fixture.ts'

describe('what is served', () => {
  test('GET and HEAD of the three pages, never to be cached', async () => {
    const http = await HttpFixture.start()
    await waitUntil('readiness', async () => (await http.get('/readyz')).status === 200)
    for (const path of ['/healthz', '/readyz', '/metrics']) {
      const got = await http.get(path)
      expect(got.status, path).toBe(200)
      expect(got.headers.get('cache-control')).toBe('no-store')
      expect(got.headers.get('x-content-type-options')).toBe('nosniff')
      expect((await got.text()).length).toBeGreaterThan(20)
      const head = await http.get(path, { method: 'HEAD' })
      expect([head.status, await head.text()], path).toEqual([200, ''])
    }
    const metrics = await http.get('/metrics')
    expect(metrics.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
    expect(metrics.headers.get('vary')).toBe('Accept, Accept-Encoding')
    expect((await http.get('/healthz')).headers.get('content-type')).toBe('application/json')
  })

  test('nothing else: other paths are 404, other methods 405, bodies 413', async () => {
    const http = await HttpFixture.start()
    expect((await http.get('/')).status).toBe(200)
    for (const path of ['/metrics/', '/healthz/x', '/..%2f..%2fetc/passwd', '/%00', `/${'x'.repeat(4000)}`]) {
      expect((await http.get(path)).status, path).toBe(404)
    }
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH']) {
      const refused = await http.get('/metrics', { method })
      expect([refused.status, refused.headers.get('allow')], method).toEqual([405, 'GET, HEAD'])
    }
    expect(await http.raw('GET /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello')).toMatch(
      /^HTTP\/1.1 413 /,
    )
    const chunked = await http.raw(
      'GET /healthz HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n',
    )
    expect(chunked).toMatch(/^HTTP\/1.1 413 /)
  })
})

describe('what a stranger sends', () => {
  test.each([
    ['garbage', '\x00\x01\x02\x03 nothing\r\n\r\n', /^HTTP\/1\.1 400 /],
    ['a Kafka request', '\x00\x00\x00\x10\x00\x12\x00\x00\x00\x00\x00\x01\x00\x04test', /^HTTP\/1\.1 400 /],
    ['a header without end', `GET / HTTP/1.1\r\nHost: x\r\nX: ${'y'.repeat(20_000)}`, /^HTTP\/1\.1 431 /],
    ['many headers', `GET / HTTP/1.1\r\nHost: x\r\n${'Name: value\r\n'.repeat(1_500)}\r\n`, /^HTTP\/1\.1 431 /],
    ['no host', 'GET /healthz HTTP/1.1\r\n\r\n', /^HTTP\/1\.1 400 /],
    ['a host that is none', 'GET /healthz HTTP/1.1\r\nHost: a b/?#[\r\nConnection: close\r\n\r\n', /^HTTP\/1\.1 400 /],
    ['a tunnel', 'CONNECT example.org:443 HTTP/1.1\r\nHost: example.org\r\n\r\n', /^$/],
    ['another page as the host', 'GET http://:0/%zz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n', /^HTTP\/1\.1 4/],
    [
      'an upgrade',
      'GET /nowhere HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, close\r\nUpgrade: websocket\r\n\r\n',
      /^HTTP\/1\.1 4|^$/,
    ],
  ])('%s ends its connection and nothing else', async (_, bytes, answer) => {
    const http = await HttpFixture.start()
    expect(await http.raw(bytes)).toMatch(answer)
    expect((await http.get('/healthz')).status).toBe(200)
  })

  test('half a request is not waited for; connections beyond the limit are closed, and places become free again', async () => {
    const http = await HttpFixture.start()
    const held = Array.from({ length: 100 }, () => http.raw('GET /healthz HTTP/1.1\r\nHost: x\r\n'))
    expect(await Promise.all(held)).toContainEqual(expect.stringMatching(/^HTTP\/1\.1 408 /))
    expect((await http.get('/healthz')).status).toBe(200)
  })
})

describe('addresses', () => {
  const options = {
    observed: { broker: undefined, isStopping: false },
    clock: systemClock,
    logger: silentLogger,
    version: '1.2.3',
  }

  test('may be several; one that the machine lacks may be left out', async () => {
    const addresses = [
      { host: '127.0.0.1', port: 0 },
      { host: '127.0.0.2', port: 0 },
      { host: '2001:db8::1', port: 0, optional: true },
    ]
    const server = await startHttpServer({ ...options, addresses })
    expect(server.addresses.map(({ host }) => host)).toEqual(['127.0.0.1', '127.0.0.2'])
    for (const { host, port } of server.addresses) {
      expect((await fetch(`http://${host}:${port}/healthz`)).status).toBe(200)
    }
    await server.close()
  })

  test('that are taken are told in one sentence, and no other is kept', async () => {
    const taken = createServer()
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve))
    const { port } = taken.address() as { port: number }
    const free = createServer()
    await new Promise<void>((resolve) => free.listen(0, '127.0.0.1', resolve))
    const first = (free.address() as { port: number }).port
    await new Promise((resolve) => free.close(resolve))
    const addresses = [
      { host: '127.0.0.1', port: first },
      { host: '127.0.0.1', port },
    ]
    const error = await startHttpServer({ ...options, addresses }).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(BrokerStartError)
    expect((error as BrokerStartError).message).toBe(
      `The address 127.0.0.1:${port} is taken by another process: stop it, or choose another port with --http.`,
    )
    await expect(fetch(`http://127.0.0.1:${first}/healthz`)).rejects.toThrow()
    taken.close()
  })
})

test('a close answers what is under way and takes no more', async () => {
  const server = await startHttpServer({
    addresses: [{ host: '127.0.0.1', port: 0 }],
    observed: { broker: undefined, isStopping: false },
    clock: systemClock,
    logger: silentLogger,
    version: '1.2.3',
  })
  const { port } = server.addresses[0]!
  const page = fetch(`http://127.0.0.1:${port}/metrics`)
  const answered = page.then(async (response) => (await response.text()).length > 1000)
  await waitUntil('the connection to be taken', () => Promise.race([answered, Promise.resolve(true)]))
  const [, whole] = await Promise.all([page.then(() => server.close()), answered])
  expect(whole).toBe(true)
  await expect(fetch(`http://127.0.0.1:${port}/metrics`)).rejects.toThrow()
})
