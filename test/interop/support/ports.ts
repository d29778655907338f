import { createServer } from 'node:net'

const firstPort = 22_000
const portCount = 480

/**
 * A port on 127.0.0.1 that nobody listens on. It lies below the ephemeral range, because clients that reconnect to a
 * stopped broker would otherwise sooner or later be given its port as their own, and the restart would find it taken.
 */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 1000; attempt++) {
    // Pairs: Apache Kafka takes the next port for its controller.
    const port = firstPort + 2 * Math.floor((Math.random() * portCount) / 2)
    if ((await isFree(port)) && (await isFree(port + 1))) return port
  }
  throw new Error(`no free port from ${firstPort} to ${firstPort + portCount}`)
}

function isFree(port: number): Promise<boolean> {
  return new Promise((fulfil) => {
    const server = createServer()
    server.once('error', () => fulfil(false))
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => fulfil(true)))
  })
}
