import { expect, test } from 'vitest'
import type { GroupEvent } from '../../src/broker/index.ts'
import { logGroupEvent } from '../../src/cli/group-event-line.ts'
import { watchPauses } from '../../src/cli/pause-watch.ts'
import type { Logger } from '../../src/platform/index.ts'
import { VirtualClock } from '../../src/testing/index.ts'

function recorder(): { readonly lines: string[]; readonly logger: Logger } {
  const lines: string[] = []
  const at = (level: string) => (_: object, message: string) => {
    lines.push(`${level}: ${message}`)
  }
  return { lines, logger: { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') } }
}

test('rebalances and evictions are told with their reason at info, what else happens to a group at debug', () => {
  const { lines, logger } = recorder()
  const member = { memberId: 'm-1', groupInstanceId: null, clientId: 'billing-3', clientHost: '/10.1.2.3' }
  const event = { groupId: 'orders', protocol: 'classic', generationId: 7, wallMs: 0 } as const
  const events: GroupEvent[] = [
    { ...event, type: 'member-joined', trigger: 'join', member, reason: 'a first join' },
    { ...event, type: 'member-evicted', trigger: 'session-timeout', member, reason: 'no heartbeat for 45000 ms' },
    { ...event, type: 'rebalance-started', trigger: 'session-timeout', member, reason: 'member m-1 was evicted' },
    {
      ...event,
      type: 'member-left',
      trigger: 'max-poll-interval',
      member,
      reason: 'consumer poll timeout has expired.',
    },
  ]
  for (const each of events) logGroupEvent(logger, each)
  logGroupEvent(logger, { ...events[2]!, reason: 'x'.repeat(30_000) })
  expect(lines.pop()!.length).toBeLessThan(400)
  expect(lines).toEqual([
    'debug: group orders, generation 7: member joined (join): a first join',
    'info: group orders, generation 7: member evicted billing-3 at /10.1.2.3 (session timeout): no heartbeat for 45000 ms',
    'info: group orders, generation 7: rebalance started (session timeout): member m-1 was evicted',
    'info: group orders, generation 7: member left billing-3 at /10.1.2.3 (max poll interval): consumer poll timeout has expired.',
  ])
})

test('a process that did not run for a second or more says so', () => {
  const { lines, logger } = recorder()
  const clock = new VirtualClock()
  watchPauses(clock, logger)
  clock.advance(10_000)
  clock.pause(900)
  clock.advance(10_000)
  expect(lines).toEqual([])
  clock.pause(3_500)
  clock.advance(1_000)
  expect(lines).toHaveLength(1)
  expect(lines[0]).toMatch(/^warn: this process did not run for 3\.\d s: /)
  clock.advance(10_000)
  expect(lines).toHaveLength(1)
})
