import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Kafka } from '../../../src/client/index.ts'
import { explainGroup, gatherEvidence, listGroups, readGroupReports } from '../../../src/tools/index.ts'
import { makeOtherGroups } from './other-groups.ts'
import { startTarget, type Target, targets } from './targets.ts'

// Groups that kohort has not: share groups (KIP-932) and those of Kafka Streams (KIP-1071).

describe.skipIf(!targets.includes('Apache Kafka'))('share and streams groups of Apache Kafka', () => {
  const [topic, shareId, streamsId] = [`t-${randomUUID()}`, `share-${randomUUID()}`, `streams-${randomUUID()}`]
  let target: Target
  let kafka: Kafka
  beforeAll(async () => {
    target = await startTarget('Apache Kafka', { 'group.streams.initial.rebalance.delay.ms': '0' })
    kafka = new Kafka({ bootstrapServers: target.bootstrap, clientId: 'tools' })
    await kafka.admin().createTopics([{ name: topic, partitions: 3 }])
    await makeOtherGroups(target.bootstrap, { topic, shareId, streamsId })
  }, 120_000)
  afterAll(async () => {
    await kafka?.close()
    await target?.stop()
  })

  test('are listed with their types, and described with members and partitions', async () => {
    const listed = await listGroups(kafka.admin(), { groupIds: [shareId, streamsId] })
    expect(listed.map(({ type, protocolType }) => [type, protocolType])).toEqual([
      ['share', 'share'],
      ['streams', 'streams'],
    ])
    const reports = await readGroupReports(kafka.admin(), [shareId, streamsId, 'nobody'])
    expect([...reports.failures.values()].map(({ code }) => code)).toEqual(['GROUP_ID_NOT_FOUND'])
    for (const id of [shareId, streamsId]) {
      const { members, partitions } = reports.get(id)!
      expect(members.map(({ assignment }) => assignment)).toEqual([
        [0, 1, 2].map((partition) => ({ topic, partition })),
      ])
      expect(partitions.map(({ partition, state, members: owners }) => [partition, state, owners])).toEqual([
        [0, 'never-committed', 1],
        [1, 'never-committed', 1],
        [2, 'never-committed', 1],
      ])
    }
    expect(reports.get(shareId)).toMatchObject({ type: 'share', assignor: 'simple' })
  })

  test('are told apart by explain', async () => {
    const share = explainGroup(await gatherEvidence(kafka, shareId, { waitMs: 0 }))
    expect(share.map(({ rule }) => rule)).toEqual(['share-group'])
    expect(share[0]!.sentence).toBe('It is a share group with 1 member and no records that are not done with.')
    const streams = explainGroup(await gatherEvidence(kafka, streamsId, { waitMs: 0 }))
    expect(streams.map(({ rule }) => rule)).not.toContain('no-such-group')
  })
})
