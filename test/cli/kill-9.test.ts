import { expect, test } from 'vitest'
import * as wire from '../../src/wire/index.ts'
import type { RawClient } from '../support/raw-client.ts'
import { startReady, stop, withFolder } from './support.ts'

const ROUNDS = 5
/** Changes that are answered before the kill; more are on their way then. */
const ANSWERED = 12

test(`after kill -9 every topic, deletion and config that was answered holds (${ROUNDS} rounds)`, () =>
  withFolder(async (folder) => {
    const present = new Map<string, string | null>()
    const absent = new Set<string>()
    let epoch = -1
    for (let round = 0; round < ROUNDS; round++) {
      const broker = await startReady(['--listen', '127.0.0.1:0', '--data-dir', folder])
      const client = await broker.connect()
      epoch = await verify(client, { present, absent, epoch })
      await changeUntilKilled(client, round, { present, absent }, () => broker.child.kill())
      client.close()
    }
    const last = await startReady(['--listen', '127.0.0.1:0', '--data-dir', folder])
    const client = await last.connect()
    await verify(client, { present, absent, epoch })
    client.close()
    expect(await stop(last)).toBe(0)
  }))

interface Expected {
  /** Topics by name, with their retention.ms where it was set. */
  readonly present: Map<string, string | null>
  readonly absent: Set<string>
}

/** Compares, and gives the leader epoch, which must have risen. */
async function verify(client: RawClient, { present, absent, epoch }: Expected & { epoch: number }): Promise<number> {
  const { topics } = await client.call(wire.metadataRequest, wire.metadataResponse, 9, { topics: null })
  const names = new Set(topics.map(({ name }) => name))
  expect([...present.keys()].filter((name) => !names.has(name))).toEqual([])
  expect([...absent].filter((name) => names.has(name))).toEqual([])
  const { results } = await client.call(wire.describeConfigsRequest, wire.describeConfigsResponse, 4, {
    resources: Array.from(present.keys(), (name) => ({
      resourceType: 2,
      resourceName: name,
      configurationKeys: ['retention.ms'],
    })),
  })
  for (const { resourceName, configs } of results) {
    const expected = present.get(resourceName)
    if (expected !== null) expect([resourceName, configs[0]!.value]).toEqual([resourceName, expected])
  }
  const leaderEpoch = topics[0]?.partitions[0]?.leaderEpoch ?? epoch
  if (epoch >= 0) expect(leaderEpoch).toBeGreaterThan(epoch)
  return leaderEpoch
}

/** Sends changes without waiting between them, and kills the broker when some have been answered. */
async function changeUntilKilled(
  client: RawClient,
  round: number,
  { present, absent }: Expected,
  kill: () => Promise<unknown>,
): Promise<void> {
  const sent: (() => Promise<void>)[] = []
  for (let index = 0; index < 3 * ANSWERED; index++) {
    const name = `topic-${round}-${index}`
    const topic = { name, numPartitions: 2, replicationFactor: 1, assignments: [], configs: [] }
    client.send(wire.createTopicsRequest, 5, { topics: [topic], timeoutMs: 30_000 })
    sent.push(async () => {
      const body = await answer(client, wire.createTopicsRequest, wire.createTopicsResponse, 5)
      if (body === undefined) return
      expect(body.topics[0]!.errorMessage).toBeNull()
      present.set(name, null)
    })
    if (index % 3 === 1) {
      const config = { name: 'retention.ms', configOperation: 0, value: `${round * 1000 + index}` }
      const resources = [{ resourceType: 2, resourceName: name, configs: [config] }]
      client.send(wire.incrementalAlterConfigsRequest, 1, { resources, validateOnly: false })
      sent.push(async () => {
        const body = await answer(client, wire.incrementalAlterConfigsRequest, wire.incrementalAlterConfigsResponse, 1)
        if (body === undefined) return
        expect(body.responses[0]!.errorMessage).toBeNull()
        present.set(name, config.value)
      })
    }
    if (index % 3 === 2) {
      client.send(wire.deleteTopicsRequest, 5, { topicNames: [name], timeoutMs: 30_000 })
      sent.push(async () => {
        // From here on it may or may not be there, until the answer says that it is not.
        present.delete(name)
        const body = await answer(client, wire.deleteTopicsRequest, wire.deleteTopicsResponse, 5)
        if (body === undefined) return
        expect(body.responses[0]!.errorMessage).toBeNull()
        absent.add(name)
      })
    }
  }
  for (const [index, settle] of sent.entries()) {
    if (index === ANSWERED) await kill()
    await settle()
  }
}

/** The answer's body; undefined when the broker went before it answered. */
async function answer<T>(
  client: RawClient,
  request: wire.Message<unknown, never>,
  response: wire.Message<T, never>,
  version: number,
) {
  return (await client.receive(request, response, version))?.body
}
