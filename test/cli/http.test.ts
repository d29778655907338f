import { writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parsePage } from '../http/support/exposition.ts'
import { waitUntil } from '../interop/support/wait.ts'
import { kohort, type ReadyBroker, run, startReady, stop, withFolder } from './support.ts'

/** What is told of the HTTP server in the ready line: 'host:port'. */
function httpOf({ readyLine }: ReadyBroker): string {
  const address = /, http on (\S+?)(?: and \S+)?, data in/.exec(readyLine)?.[1]
  if (address === undefined) throw new Error(`no HTTP address in: ${readyLine}`)
  return address
}

describe('--http', () => {
  test('serves health, readiness and metrics while the broker runs, and says where', () =>
    withFolder(async (folder) => {
      const args = ['--listen', '127.0.0.1:0', '--http', '127.0.0.1:0', '--data-dir', folder]
      const broker = await startReady([...args, '--topic', 'orders:2'])
      const http = httpOf(broker)
      expect(broker.readyLine).toBe(
        `kohort ready on 127.0.0.1:${broker.port}, http on ${http}, data in ${folder}, flush fsync`,
      )
      expect((await fetch(`http://${http}/healthz`)).status).toBe(200)
      expect((await fetch(`http://${http}/readyz`)).status).toBe(200)
      const page = parsePage(await (await fetch(`http://${http}/metrics`)).text(), 'prometheus')
      expect(page.samples.get('kohort_topic_partitions{topic="orders"}')).toBe(2)
      expect(page.samples.get('kohort_volume_free_bytes')).toBeGreaterThan(0)
      expect(await stop(broker)).toBe(0)
      await expect(fetch(`http://${http}/healthz`)).rejects.toThrow()
    }))

  test('says that the broker stops while it stops: a client that does not read holds it up', () =>
    withFolder(async (folder) => {
      const args = ['--listen', '127.0.0.1:0', '--http', '127.0.0.1:0', '--data-dir', folder]
      const broker = await startReady(args)
      const http = httpOf(broker)
      // It never ends its side, so the stop gives it its time.
      const client = await broker.connect()
      broker.child.signal('SIGTERM')
      const answer = await waitUntil('503', async () => {
        const response = await fetch(`http://${http}/readyz`)
        return response.status === 503 ? response : undefined
      })
      expect(await answer.json()).toEqual({ status: 'unavailable', state: 'stopping', message: 'the broker stops' })
      expect(await broker.child.ended()).toBe(0)
      client.close()
    }))

  test('may be given several times, in the environment, and in a file, the stronger source first', () =>
    withFolder(async (folder) => {
      const args = ['--listen', '127.0.0.1:0', '--data-dir', folder]
      const several = await startReady([...args, '--http', '127.0.0.1:0', '--http', '127.0.0.2:0'])
      expect(several.readyLine).toMatch(/, http on 127\.0\.0\.1:\d+ and 127\.0\.0\.2:\d+, data in/)
      await stop(several)
      const file = join(folder, 'server.properties')
      writeFileSync(file, 'kohort.http=127.0.0.3:0')
      const ofFile = await startReady([...args, '--config', file])
      expect(httpOf(ofFile)).toMatch(/^127\.0\.0\.3:/)
      await stop(ofFile)
      const ofEnvironment = await startReady([...args, '--config', file], { KOHORT_HTTP: '127.0.0.4:0' })
      expect(httpOf(ofEnvironment)).toMatch(/^127\.0\.0\.4:/)
      expect(ofEnvironment.child.stderr.join('\n')).not.toContain('KOHORT_HTTP')
      await stop(ofEnvironment)
    }))

  test('warns where others than this machine may look', () =>
    withFolder(async (folder) => {
      const args = ['--listen', '127.0.0.1:0', '--data-dir', folder]
      const open = await startReady([...args, '--http', '0.0.0.0:0'])
      expect(open.child.stderr.filter((line) => line.includes('there is no authentication'))).toHaveLength(1)
      await stop(open)
      const closed = await startReady([...args, '--http', 'localhost:0'])
      expect(closed.child.stderr.join('\n')).not.toContain('authentication')
      await stop(closed)
    }))

  test('of a taken port ends the start with a sentence, before anything else is done', () =>
    withFolder(async (folder) => {
      const other = createServer()
      await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
      const { port } = other.address() as { port: number }
      const data = join(folder, 'data')
      const ended = await run(['--listen', '127.0.0.1:0', '--http', `127.0.0.1:${port}`, '--data-dir', data])
      other.close()
      expect(ended).toEqual({
        exitCode: 3,
        stdout: [],
        stderr: [
          `kohort: The address 127.0.0.1:${port} is taken by another process: stop it, or choose another port with --http.`,
        ],
      })
    }))

  test.each([
    [['--http', 'nowhere:x'], '--http nowhere:x is not an address: write HOST:PORT', 2],
    [['--set', 'kohort.http=9093:9093:1'], 'kohort.http 9093:9093:1 is not an address: write HOST:PORT', 2],
    [['--listen', '127.0.0.1:22099', '--http', '127.0.0.1:22099'], 'both say 127.0.0.1:22099: choose another port', 2],
    [['--http', '192.0.2.1:0'], 'This machine has no address 192.0.2.1', 3],
  ])('%j is refused in a sentence', (args, sentence, exitCode) =>
    withFolder(async (folder) => {
      const ended = await run(['--data-dir', folder, ...args])
      expect(ended.stderr.join('\n')).toContain(sentence)
      expect(ended.exitCode).toBe(exitCode)
    }))

  test('loads its packages only when it is asked for', () =>
    withFolder(async (folder) => {
      const hook = join(folder, 'hook.cjs')
      writeFileSync(
        hook,
        `const Module = require('node:module')
const { _load: load } = Module
Module._load = function (name, ...others) {
  if (/^(hono|@hono|prom-client)\\b|http-part/.test(name)) require('node:fs').writeSync(2, 'loaded ' + name + '\\n')
  return load.call(this, name, ...others)
}`,
      )
      const loaded = async (args: readonly string[]): Promise<string[]> => {
        const child = kohort(['--listen', '127.0.0.1:0', '--data-dir', join(folder, 'data'), ...args], {
          NODE_OPTIONS: `--require=${hook}`,
        })
        await waitUntil('the ready line', () => child.stdout.length > 0 || child.hasEnded, {
          details: () => child.tail(),
        })
        child.signal('SIGTERM')
        expect(await child.ended()).toBe(0)
        return child.stderr.filter((line) => line.startsWith('loaded '))
      }
      expect(await loaded([])).toEqual([])
      expect((await loaded(['--http', '127.0.0.1:0'])).join('\n')).toMatch(/prom-client/)
    }))
})
