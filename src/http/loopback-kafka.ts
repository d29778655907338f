import { connect } from 'node:net'
import { Kafka } from '../client/index.ts'
import type { Observed } from './process-status.ts'

/** A client of the broker of this process. Whatever address it advertises, this one comes to the listener itself: others may not be reachable from here. */
export function loopbackKafka({ broker }: Observed): Kafka | undefined {
  const listener = broker?.listeners[0]
  if (listener === undefined) return undefined
  const host = loopbackOf(listener.host)
  return new Kafka({
    bootstrapServers: [`${host.includes(':') ? `[${host}]` : host}:${listener.port}`],
    clientId: 'kohort-metrics',
    connect: ({ signal }) =>
      new Promise((resolve, reject) => {
        const socket = connect({ host, port: listener.port, noDelay: true, signal })
        socket.once('connect', () => resolve(socket))
        socket.once('error', reject)
      }),
  })
}

function loopbackOf(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1'
  return host === '::' ? '::1' : host
}
