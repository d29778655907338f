import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { Child } from '../interop/support/child.ts'
import { waitUntil } from '../interop/support/wait.ts'
import { bin, withFolder } from './support.ts'

const namespace = ['--pid', '--fork', '--kill-child', '--mount-proc']
const canUnshare = process.platform === 'linux' && spawnSync('unshare', [...namespace, 'true']).status === 0

// The kernel gives the first process of a container no default actions for signals: one that does not handle SIGTERM is killed later.
test.skipIf(!canUnshare)('as PID 1, which it is in a container, it ends with 0 on SIGTERM', () =>
  withFolder(async (folder) => {
    const broker = [process.execPath, bin, '--listen', '127.0.0.1:0', '--data-dir', folder]
    const child = new Child({ command: 'unshare', args: [...namespace, ...broker] })
    await waitUntil('the ready line', () => child.stdout.length > 0 || child.hasEnded, { details: () => child.tail() })
    const first = Number(readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').trim())
    expect(readFileSync(`/proc/${first}/status`, 'utf8')).toMatch(/^NSpid:.*\t1$/m)
    process.kill(first, 'SIGTERM')
    expect(await child.ended(10_000), child.tail()).toBe(0)
  }),
)
