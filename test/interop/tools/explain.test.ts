import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { type ConsumerRecord, Kafka } from '../../../src/client/index.ts'
import { type Evidence, explainGroup, type Finding, gatherEvidence } from '../../../src/tools/index.ts'
import { type MemberOptions, type RunningMember, startMember } from '../../tools/support/members.ts'
import { startTarget, type Target, targets } from './targets.ts'
import { Transactions } from './transactions.ts'

// Each rule that needs no broken network, provoked by real members: on kohort, and in test:full on Apache Kafka.

const set = {
  'group.min.session.timeout.ms': '500',
  'offsets.retention.minutes': '600',
  'group.consumer.min.heartbeat.interval.ms': '100',
  'group.consumer.heartbeat.interval.ms': '500',
}

describe.each(targets)('on %s', (name) => {
  const isKohort = name === 'kohort'
  let target: Target
  let kafka: Kafka
  const open: { close(): Promise<void> }[] = []
  beforeAll(async () => {
    target = await startTarget(name, set)
    kafka = new Kafka({ bootstrapServers: target.bootstrap, clientId: 'tools' })
  }, 120_000)
  afterAll(async () => {
    await kafka?.close()
    await target?.stop()
  })
  afterEach(async () => {
    for (const release of releases.splice(0)) release()
    await Promise.all(open.splice(0).map((one) => one.close()))
  })

  let groupId = ''
  async function topics(...partitions: number[]): Promise<string[]> {
    groupId = `g-${randomUUID()}`
    const names = partitions.map(() => `t-${randomUUID()}`)
    await kafka.admin().createTopics(names.map((topic, at) => ({ name: topic, partitions: partitions[at]! })))
    return names
  }

  function member(clientId: string, options: Partial<MemberOptions> & Pick<MemberOptions, 'topics'>): RunningMember {
    const one = startMember(target.bootstrap, { groupId, clientId, autoCommitIntervalMs: 50, ...options })
    open.push(one)
    return one
  }

  const has = (one: RunningMember, partitions: number): Promise<unknown> =>
    vi.waitUntil(() => one.consumer.assignment().length === partitions, { timeout: 30_000 })

  async function send(topic: string, count: number, partition = 0): Promise<void> {
    await using producer = kafka.producer()
    await Promise.all(
      Array.from({ length: count }, (_, i) => producer.send({ topic, partition, key: `k${i}`, value: 'v' })),
    )
  }

  /** Sends again and again, until what is looked at is seen. */
  async function whileSending<T>(topic: string, count: number, partition: number, see: () => Promise<T>): Promise<T> {
    let isOver = false
    const sending = (async () => {
      while (!isOver) await send(topic, count, partition)
    })()
    return await see().finally(async () => {
      isOver = true
      await sending
    })
  }

  const committed = (topic: string, offset: number): Promise<unknown> =>
    vi.waitUntil(
      async () => {
        const offsets = (await kafka.admin().listGroupOffsets([groupId], { partial: true })).get(groupId) ?? []
        return offsets.some((one) => one.topic === topic && one.offset === BigInt(offset))
      },
      { timeout: 30_000, interval: 100 },
    )

  async function look(
    waitMs = 200,
    change: (evidence: Evidence) => Partial<Evidence> = () => ({}),
  ): Promise<Map<string, Finding>> {
    const evidence = await gatherEvidence(kafka, groupId, { waitMs })
    if (evidence.group !== undefined) expect(evidence.timelineSource).toBe(isKohort ? 'recorded' : 'inferred')
    return new Map(explainGroup({ ...evidence, ...change(evidence) }).map((finding) => [finding.rule, finding]))
  }

  /** Looks until the rule has something to say: what happened is told a little later. */
  async function until(rule: string, change?: (evidence: Evidence) => Partial<Evidence>): Promise<Finding> {
    let found: Finding | undefined
    await vi.waitFor(
      async () => {
        const findings = await look(200, change)
        found = findings.get(rule)
        expect([...findings.keys()]).toContain(rule)
      },
      { timeout: 20_000, interval: 300 },
    )
    return found!
  }

  /** A handler that waits until the test is over. */
  const releases: (() => void)[] = []
  const hanging = (record: ConsumerRecord): Promise<void> | void => {
    if (record.offset >= 5n) return new Promise((resolve) => void releases.push(resolve))
  }
  const later = ({ atMs }: Evidence) => ({ atMs: atMs + 120_000 })

  test('no group, nobody in it, offsets that expire', async () => {
    const [t] = await topics(1)
    expect((await look()).has('no-such-group')).toBe(true)
    await send(t!, 10)
    const a = member('a', { topics: [t!] })
    await committed(t!, 10)
    await a.close()
    await send(t!, 5)
    const findings = await look()
    expect(findings.get('nobody-consumes')?.sentence).toBe(
      'Nobody consumes: the group has no members, and 5 records wait.',
    )
    expect(findings.get('offsets-expiring')?.sentence).toMatch(
      /its 1 committed offset will be deleted in (10 h|9 h 59 min)\.$/,
    )
  })

  test('an idle member, and a classic group that could move to the consumer protocol', async () => {
    const [t] = await topics(1)
    const a = member('a', { topics: [t!] })
    await has(a, 1)
    const b = member('b', { topics: [t!] })
    await vi.waitUntil(
      () => a.consumer.groupMetadata().generationId >= 2 && b.consumer.groupMetadata().generationId >= 2,
    )
    expect((await until('idle-members')).sentence).toContain('there are more members (2) than partitions (1)')
    expect((await look()).get('migration')?.sentence).toBe(
      'The group can be moved to the consumer protocol (KIP-848) while it runs.',
    )
  })

  test('uneven assignment by range, and different subscriptions', async () => {
    const [x, y] = await topics(3, 3)
    const options = { topics: [x!, y!], partitionAssignmentStrategy: 'range' } as const
    const a = member('a', options)
    await has(a, 6)
    const b = member('b', options)
    await has(b, 2)
    expect((await until('uneven-assignment')).sentence).toBe('Partitions are unevenly shared out: a has 4, b has 2.')
    const c = member('c', { ...options, topics: [x!] })
    await has(c, 1)
    expect((await until('mixed-subscriptions')).sentence).toContain('there are 2 subscriptions')
  })

  test('members of a KIP-848 group that want different assignors', async () => {
    const [t] = await topics(4)
    const a = member('a', { topics: [t!], groupProtocol: 'consumer', groupRemoteAssignor: 'uniform' })
    await has(a, 4)
    const b = member('b', { topics: [t!], groupProtocol: 'consumer', groupRemoteAssignor: 'range' })
    await has(b, 2)
    expect((await until('mixed-assignors')).sentence).toContain('members ask for range and uniform')
  })

  test('a KIP-848 member that does not give its partitions up', async () => {
    const [t] = await topics(2)
    await send(t!, 10, 0)
    await send(t!, 10, 1)
    const a = member('a', { topics: [t!], groupProtocol: 'consumer', concurrency: 2, handler: hanging })
    await vi.waitUntil(() => releases.length === 2, { timeout: 30_000 })
    await has(a, 2)
    member('b', { topics: [t!], groupProtocol: 'consumer' })
    const finding = await until('waiting-for-revocation')
    expect(finding.sentence).toMatch(/^The group waits until a has given up 1 partition, for \d+ s more at most\.$/)
    expect((await look()).get('idle-members')?.sentence).toContain('it waits until a has given up')
  })

  test('a classic member that does not come back for a rebalance, because its handler hangs', async () => {
    const [t] = await topics(1)
    await send(t!, 10)
    const a = member('a', { topics: [t!], handler: hanging })
    await committed(t!, 5)
    await has(a, 1)
    member('b', { topics: [t!] })
    const finding = await until('waiting-for-member')
    expect(finding.sentence).toMatch(
      / and waits for a \(127\.0\.0\.1\) to join again, for \d+ s more at most, \d+ s more if it is dead\.$/,
    )
    expect(finding.advice[0]).toMatch(/kohort groups remove-members \S+ --member a-\S+ --yes/)
  })

  test('one member of two that gets all records', async () => {
    const [t] = await topics(2)
    const a = member('a', { topics: [t!] })
    await has(a, 2)
    const b = member('b', { topics: [t!] })
    await has(b, 1)
    const [owner] = a.consumer.assignment().some(({ partition }) => partition === 1) ? ['a'] : ['b']
    const finding = (await whileSending(t!, 20, 1, () => look(500))).get('uneven-load')
    expect(finding?.sentence).toMatch(new RegExp(`^${owner} gets 100 % of all records: `))
  })

  test.skipIf(isKohort)('records that an open transaction holds back', async () => {
    const [t] = await topics(1)
    await send(t!, 3)
    member('a', { topics: [t!], isolationLevel: 'read_committed' })
    await committed(t!, 3)
    const transactions = await Transactions.begin(target.bootstrap, `tx-${randomUUID()}`, t!)
    await transactions.run(4, 'open')
    // Open for a moment only, as any transaction is.
    expect((await look()).has('open-transaction')).toBe(false)
    const finding = await until('open-transaction', later)
    expect(finding.sentence).toBe(
      `An open transaction holds 4 records back in ${t}-0: the group has read all that is committed.`,
    )
    await transactions.close()
  })

  test('a partition whose owner hangs, and the record', async () => {
    const [t] = await topics(1)
    await send(t!, 10)
    member('a', { topics: [t!], handler: hanging })
    await committed(t!, 5)
    const finding = await until('stuck-partition', later)
    expect(finding.sentence).toBe(`a is alive and does not get on in 1 partition: ${t}-0.`)
    expect(finding.evidence.join('\n')).toContain(`${t}-0 at offset 5 (key "k5", 1 bytes`)
  })

  test('a record that ends every member which reads it', async () => {
    const [t] = await topics(1)
    await send(t!, 10)
    const handler = (record: ConsumerRecord): void => {
      if (record.offset === 5n) throw new Error('no')
    }
    for (const clientId of ['a', 'b', 'c']) {
      const one = member(clientId, { topics: [t!], handler })
      await one.done.catch(() => {})
      await one.close()
    }
    const finding = await until('poison-pill')
    expect(finding.sentence).toBe(`A record seems to end every member that reads it: ${t}-0 at offset 5.`)
    expect(finding.evidence[0]).toContain('3 members (a, b and c) went')
    expect(finding.evidence[1]).toContain('key "k5"')
  })

  test('a process that ends soon after it has joined, and is started again', async () => {
    const [t] = await topics(1)
    await send(t!, 3)
    for (let i = 0; i < 3; i++) {
      const one = member('worker', { topics: [t!], enableAutoCommit: false })
      await has(one, 1)
      await one.close()
    }
    const again = member('worker', { topics: [t!], enableAutoCommit: false })
    await has(again, 1)
    const finding = await until('crash-loop')
    expect(finding.sentence).toMatch(
      /^worker \(127\.0\.0\.1\) ends soon after joining and comes back, again and again: 3 times within /,
    )
    expect(finding.evidence.at(-1)).toBe(`Meanwhile the group does not move in ${t}-0 (nothing committed).`)
  })

  test('a hot partition, and a handler that is too slow for it', async () => {
    const [t] = await topics(3)
    await send(t!, 200)
    const a = member('a', { topics: [t!], handler: () => new Promise((resolve) => setTimeout(resolve, 5)) })
    await has(a, 3)
    await vi.waitUntil(
      async () => (await kafka.admin().listGroupOffsets([groupId])).get(groupId)?.some(({ offset }) => offset > 0n),
      { timeout: 30_000, interval: 100 },
    )
    const findings = await whileSending(t!, 300, 0, () => look(1_500))
    expect(findings.get('hot-partition')?.sentence).toContain(`${t}-0 gets far more records`)
    expect(findings.get('slow-consumer')?.sentence).toMatch(/its handler is slow, the brokers are not\.$/)
  })

  test('restarts, a storm of them, and an eager assignor', async () => {
    const [t] = await topics(2)
    const options = { topics: [t!], partitionAssignmentStrategy: 'range' } as const
    const a = member('a', options)
    await has(a, 2)
    for (let i = 0; i < 3; i++) {
      const b = member('b', options)
      await has(b, 1)
      await b.close()
      await has(a, 2)
    }
    const storm = await until('rebalance-storm')
    expect(storm).toMatchObject({
      severity: 'critical',
      sentence: expect.stringMatching(/^The group rebalances again and again: \d times/),
    })
    const findings = await look()
    expect(findings.get('restarts-without-static-id')?.sentence).toContain(
      'b went and came back within two minutes 2 times',
    )
    expect(findings.has('eager-rebalances')).toBe(isKohort)
  })

  test('nothing committed, and partitions that nobody has any more', async () => {
    const [x, y] = await topics(1, 1)
    await send(x!, 10)
    const a = member('a', { topics: [x!] })
    await committed(x!, 10)
    await a.close()
    await send(x!, 3)
    await send(y!, 4)
    const b = member('b', { topics: [y!], enableAutoCommit: false })
    await has(b, 1)
    expect((await until('unassigned-partitions')).advice[0]).toContain(`Nobody subscribes to ${x} any more`)
    expect((await look()).get('never-committed')?.sentence).toContain(`${y}-0`)
  })

  test('records that were deleted before they were read', async () => {
    const [t] = await topics(1)
    await send(t!, 10)
    const a = member('a', { topics: [t!] })
    await committed(t!, 10)
    await a.close()
    await send(t!, 10)
    await kafka.admin().deleteRecords([{ topic: t!, partition: 0, beforeOffset: 15n }])
    expect((await until('out-of-range')).sentence).toContain('5 records were deleted before the group had read them')
  })
})
