import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startBroker, type TestBroker } from '../../src/testing/index.ts'
import { waitUntil } from '../interop/support/wait.ts'
import { type RunningMember, startMember } from '../tools/support/members.ts'
import { bin, run } from './support.ts'

// kohort groups timeline, explain, simulate, watch: the built command line against a broker with a live group.

let broker: TestBroker
const members: RunningMember[] = []
beforeAll(async () => {
  broker = await startBroker({ topics: { orders: 3 } })
  for (const clientId of ['a', 'b']) {
    members.push(
      startMember(broker.bootstrapServers, {
        groupId: 'billing',
        clientId,
        topics: ['orders'],
        autoCommitIntervalMs: 50,
      }),
    )
    await broker.group('billing').untilMembers(members.length)
  }
  await broker.produce('orders', [{ value: 'x', partition: 0 }])
  await broker.group('billing').untilCommitted({ topic: 'orders', partition: 0, offset: 1 })
})
afterAll(async () => {
  for (const member of members) await member.close()
  await broker?.close()
})

async function groups(...args: string[]) {
  const { exitCode, stdout, stderr } = await run(['groups', ...args, '--bootstrap-server', broker.bootstrapServers])
  return { exitCode, stdout: stdout.join('\n'), stderr: stderr.join('\n') }
}

describe('timeline', () => {
  test('in sentences, with a summary', async () => {
    const { exitCode, stdout } = await groups('timeline', 'billing')
    expect(exitCode).toBe(0)
    expect(stdout).toMatch(/^\d{4}-\d\d-\d\d UTC\n/)
    expect(stdout).toMatch(/\n\d\d:\d\d:\d\d\.\d{3} {5}1 {2}b \(127\.0\.0\.1\) joined/)
    expect(stdout).toMatch(/\n2 rebalances: 2 because a member joined\. /)
  })

  test('as JSON and CSV, since a time', async () => {
    const { stdout } = await groups('timeline', 'billing', '--output', 'json')
    const entries = JSON.parse(stdout) as { type: string; source: string }[]
    expect(entries.map(({ type }) => type)).toContain('rebalance-completed')
    expect(new Set(entries.map(({ source }) => source))).toEqual(new Set(['recorded']))
    const csv = await groups('timeline', 'billing', '--output', 'csv')
    expect(csv.stdout.split('\n')[0]).toBe(
      'timeMs,source,generationId,type,trigger,memberId,clientId,host,durationMs,movedPartitions,sentence',
    )
    const none = await groups('timeline', 'billing', '--since', '2100-01-01')
    expect(none.stdout).toContain('Nothing is known of a group billing in that time')
    expect((await groups('timeline', 'billing', '--since', 'soon')).exitCode).toBe(2)
  })
})

describe('explain', () => {
  test('says that all is well', async () => {
    const { exitCode, stdout } = await groups('explain', 'billing', '--wait', '100ms')
    expect(exitCode).toBe(0)
    expect(stdout).toMatch(
      /^Group billing is Stable \(classic\), 2 members, no records behind; \d+ events recorded\.\nNothing seems to be wrong/,
    )
    expect(stdout).toContain('INFO  migration')
  })

  test('says that there is no such group, as JSON too', async () => {
    const { stdout } = await groups('explain', 'biling', '--wait', '0s', '--output', 'json')
    const { findings } = JSON.parse(stdout) as { findings: { rule: string; severity: string; advice: string[] }[] }
    expect(findings).toMatchObject([{ rule: 'no-such-group', severity: 'critical', advice: [expect.any(String)] }])
    expect((await groups('explain', 'billing', '--partition', 'orders')).exitCode).toBe(2)
  })
})

describe('simulate', () => {
  test('one assignor, with one member more', async () => {
    const { stdout } = await groups(
      'simulate',
      'billing',
      '--assignor',
      'uniform',
      '--members',
      '+1',
      '--measure',
      '0s',
    )
    expect(stdout).toMatch(/^MEMBER +FATE +#BEFORE +#AFTER/)
    expect(stdout).toMatch(/\nnew-1 +joined +0 +1 /)
    expect(stdout).toContain('1 partition would change hands, 1 partition would stand still meanwhile.')
  })

  test('all of them side by side', async () => {
    const { stdout } = await groups('simulate', 'billing', '--measure', '0s', '--partitions', '6', '--output', 'json')
    const rows = JSON.parse(stdout) as { assignor: string; partitionsMax: number }[]
    expect(rows.map(({ assignor }) => assignor)).toEqual([
      'range',
      'roundrobin',
      'sticky',
      'cooperative-sticky',
      'uniform',
      'server-range',
    ])
    expect(rows.every(({ partitionsMax }) => partitionsMax === 3)).toBe(true)
    expect((await groups('simulate', 'billing', '--partitions', '2')).exitCode).toBe(2)
  })
})

describe('watch', () => {
  test('is refused where there is no terminal', async () => {
    const { exitCode, stderr } = await groups('watch', 'billing')
    expect(exitCode).toBe(2)
    expect(stderr).toContain('kohort groups watch needs a terminal')
  })

  const hasScript = spawnSync('script', ['--version']).status === 0

  /** It on a terminal of 80 columns and 24 rows. @param beside a command of the shell that runs beside it, on the same terminal */
  async function shown(beside = 'true') {
    const command = `stty cols 80 rows 24; (${beside}) & exec ${process.execPath} ${bin} groups watch billing --interval 200ms --bootstrap-server ${broker.bootstrapServers}`
    const child = spawn('script', ['-qec', command, '/dev/null'], {
      env: { ...process.env, NO_COLOR: '1', SHELL: '/bin/sh' },
    })
    let screen = ''
    child.stdout.on('data', (bytes: Buffer) => (screen += bytes.toString()))
    const ended = new Promise<number | null>((resolve) => child.on('exit', resolve))
    // The terminal makes \r\r\n of \r\n.
    const plain = (text: string): string =>
      ['\x1b[K', '\x1b[J', '\r'].reduce((rest, code) => rest.replaceAll(code, ''), text)
    const lines = (): readonly string[] => plain(screen.split('\x1b[H').at(-1) ?? '').split('\n')
    await waitUntil('the group to be shown', () => screen.includes('orders-0') && screen.includes('Rebalance over'))
    return { child, ended, lines, screen: () => screen }
  }

  test.skipIf(!hasScript).each([
    ['q', 'q'],
    ['Ctrl-C', '\x03'],
  ])('shows a group on a terminal of 80 columns, and gives it back at %s', async (_name, key) => {
    const { child, ended, lines, screen } = await shown()
    child.stdin.write(key)
    expect(await ended).toBe(0)
    expect(screen()).toContain('\x1b[?1049h')
    expect(screen().trimEnd().endsWith('\x1b[?25h\x1b[?1049l')).toBe(true)
    expect(lines().length).toBeLessThanOrEqual(24)
  })

  test.skipIf(!hasScript)('follows the size of the terminal', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'kohort-watch-'))
    try {
      const flag = join(folder, 'smaller')
      const { child, ended, lines } = await shown(
        `until [ -e ${flag} ]; do sleep 0.05; done; stty cols 50 rows 12 < /dev/tty`,
      )
      expect(Math.max(...lines().map((line) => line.length))).toBeGreaterThan(50)
      writeFileSync(flag, '')
      const isSmall = (): boolean => lines().length <= 12 && lines().every((line) => line.length <= 50)
      await waitUntil('the smaller screen', isSmall, { deadlineMs: 15_000, details: () => lines().join('\n') })
      child.stdin.write('q')
      expect(await ended).toBe(0)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})
