import { once } from 'node:events'
import { connect } from 'node:net'
import { onTestFinished } from 'vitest'
import type { RunningBroker } from '../../../src/broker/index.ts'
import { type HttpServer, startHttpServer } from '../../../src/http/index.ts'
import { silentLogger, systemClock } from '../../../src/platform/index.ts'
import { type PlainTestBrokerOptions, startTestBroker } from '../../../src/testing/index.ts'

/** Ends it after the test that asks, the last first. */
export function atEnd(end: () => Promise<void> | void): void {
  onTestFinished(end)
}

/** A server of health and metrics in this process, and a broker that comes and goes as the test says. */
export class HttpFixture {
  broker: RunningBroker | undefined
  isStopping = false
  #server: HttpServer | undefined

  /** With a broker that is ready, unless the test starts it later. */
  static async start(options: { readonly broker?: PlainTestBrokerOptions | 'later' } = {}): Promise<HttpFixture> {
    const fixture = new HttpFixture()
    fixture.#server = await startHttpServer({
      addresses: [{ host: '127.0.0.1', port: 0 }],
      observed: fixture,
      clock: systemClock,
      logger: silentLogger,
      version: '1.2.3',
    })
    onTestFinished(() => fixture.#server?.close())
    if (options.broker !== 'later') await fixture.startBroker(options.broker)
    return fixture
  }

  async startBroker(options: PlainTestBrokerOptions = {}): Promise<RunningBroker> {
    const broker = await startTestBroker(options)
    onTestFinished(() => broker.close().catch(() => undefined))
    this.broker = broker
    return broker
  }

  get port(): number {
    return this.#server!.addresses[0]!.port
  }

  get(path: string, init: RequestInit = {}): Promise<Response> {
    return fetch(`http://127.0.0.1:${this.port}${path}`, init)
  }

  /** Sends bytes as they are, and gives all that comes back until the server ends the connection. */
  async raw(bytes: string): Promise<string> {
    const socket = connect({ host: '127.0.0.1', port: this.port, noDelay: true, allowHalfOpen: true })
    let received = ''
    socket.setEncoding('latin1')
    socket.on('data', (text: string) => {
      received += text
    })
    socket.on('error', () => {})
    const ended = new Promise<void>((resolve) => {
      socket.on('end', resolve)
      socket.on('close', () => resolve())
    })
    await once(socket, 'connect')
    socket.write(bytes, 'latin1')
    await ended
    socket.destroy()
    return received
  }
}
