import { mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Child } from '../interop/support/child.ts'
import { isFullRun } from '../interop/support/suite.ts'
import { projectRoot, requireTool, run } from '../interop/support/toolchain.ts'
import { waitUntil } from '../interop/support/wait.ts'

describe.skipIf(!isFullRun || process.platform !== 'linux')('the tarball with Node inside', () => {
  let folder: string
  let unpacked: string

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'kohort-tarball-'))
    const stdout = await run('node', ['scripts/package-tarball.js'], { cwd: projectRoot })
    const tarball = stdout.trim().split('\n').at(-1)!
    await run('tar', ['-xzf', tarball, '-C', folder])
    unpacked = join(folder, tarball.replace(/^.*\//, '').replace('.tar.gz', ''))
  }, 300_000)
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  const nothingElse = { PATH: '/nowhere', NODE_OPTIONS: undefined }

  test.each([
    ['by its path', (): string => join(unpacked, 'bin/kohort')],
    [
      'by a link',
      (): string => {
        symlinkSync(join(unpacked, 'bin/kohort'), join(folder, 'kohort'))
        return join(folder, 'kohort')
      },
    ],
  ])(
    'runs where there is no Node, %s',
    async (how, command) => {
      const env = { ...nothingElse, PATH: how === 'by a link' ? '/usr/bin:/bin' : '/nowhere' }
      const child = new Child({
        command: command(),
        args: ['--listen', '127.0.0.1:0', '--topic', 'orders:6'],
        cwd: folder,
        env,
      })
      await waitUntil('the ready line', () => child.stdout.length > 0 || child.hasEnded, {
        details: () => child.tail(),
      })
      const address = /127\.0\.0\.1:\d+/.exec(child.stdout[0] ?? '')?.[0] ?? ''
      const health = new Child({
        command: join(unpacked, 'bin/kohort'),
        args: ['health', '--bootstrap-server', address],
        env: nothingElse,
      })
      expect(await health.ended(), health.tail()).toBe(0)
      if (requireTool('kcat')) {
        const stdout = await run('kcat', ['-b', address, '-L'])
        expect(stdout).toContain('topic "orders" with 6 partitions')
      }
      child.signal('SIGTERM')
      expect(await child.ended(), child.tail()).toBe(0)
    },
    60_000,
  )
})
