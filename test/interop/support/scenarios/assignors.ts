import { expect } from 'vitest'
import type { Assignor, ClientProgram } from '../client.ts'
import type { ClientProcess } from '../client-process.ts'
import type { Scenario, Stage } from '../scenario.ts'

const lacksAssignor = (assignor: Assignor) => (client: ClientProgram) =>
  client.supports.assignors.includes(assignor) ? undefined : `the ${assignor} assignor`

/** Each assignor, by the marks that tell it from the others: two topics, an odd number of partitions. */
export const assignorScenarios: readonly Scenario[] = [
  {
    name: 'range',
    title: 'range gives each consumer a row of neighbours of each topic',
    lacks: lacksAssignor('range'),
    async run(stage) {
      const { consumers, a, b } = await twoConsumersOnTwoTopics(stage, 'range')
      const shares = sharesOf(consumers)
      expect(shares).toContainEqual([`${a}-0`, `${a}-1`, `${a}-2`, `${b}-0`, `${b}-1`, `${b}-2`])
      expect(shares).toContainEqual([`${a}-3`, `${a}-4`, `${b}-3`, `${b}-4`])
      await stage.close(...consumers)
    },
  },
  {
    name: 'roundrobin',
    title: 'roundrobin deals all partitions out in turn, over the borders of topics',
    lacks: lacksAssignor('roundrobin'),
    async run(stage) {
      const { consumers, a, b } = await twoConsumersOnTwoTopics(stage, 'roundrobin')
      const shares = sharesOf(consumers)
      expect(shares).toContainEqual([`${a}-0`, `${a}-2`, `${a}-4`, `${b}-1`, `${b}-3`])
      expect(shares).toContainEqual([`${a}-1`, `${a}-3`, `${b}-0`, `${b}-2`, `${b}-4`])
      await stage.close(...consumers)
    },
  },
  {
    name: 'sticky',
    title: 'sticky is balanced and takes from nobody more than a newcomer needs',
    lacks: lacksAssignor('sticky'),
    async run(stage) {
      const { consumers, a, b } = await twoConsumersOnTwoTopics(stage, 'sticky')
      await thirdTakesOnlyItsShare(stage, consumers, { assignor: 'sticky', topics: [a, b] })
    },
  },
  {
    name: 'cooperative-sticky',
    title: 'cooperative-sticky revokes only the partitions that move',
    lacks: lacksAssignor('cooperative-sticky'),
    async run(stage) {
      const { consumers, a, b } = await twoConsumersOnTwoTopics(stage, 'cooperative-sticky')
      const before = consumers.map((consumer) => ({
        revoked: consumer.eventsOf('revoked').length,
        owned: consumer.owned,
      }))
      await thirdTakesOnlyItsShare(stage, consumers, { assignor: 'cooperative-sticky', topics: [a, b] })
      for (const [index, consumer] of consumers.entries()) {
        const atThird = consumer.eventsOf('revoked')[before[index]!.revoked]
        // The last consumer to close revokes all; the first revocation after the third came is the one that moved.
        expect(atThird?.partitions.length, consumer.summary()).toBeLessThanOrEqual(2)
      }
    },
  },
]

async function twoConsumersOnTwoTopics(stage: Stage, assignor: Assignor) {
  const [a, b] = [await stage.topic(5, 'a'), await stage.topic(5, 'b')]
  const first = stage.consumer('1', { topics: [a, b], assignor })
  await stage.owns([[first, 10]])
  const second = stage.consumer('2', { topics: [a, b], assignor })
  const half = assignor === 'range' ? undefined : 5
  if (half === undefined) {
    await second.waitFor(
      'shares of 6 and 4',
      () =>
        sharesOf([first, second])
          .map((s) => s.length)
          .sort()
          .join() === '4,6',
    )
  } else {
    await stage.owns([
      [first, half],
      [second, half],
    ])
  }
  const group = await stage.admin.groupIsStable(stage.groupId, 2)
  expect(group.protocol).toBe(assignor)
  await stage.produce({ topic: a, partitions: 5, count: 50 })
  await first.waitFor('all records', () => first.records.length + second.records.length === 50)
  return { consumers: [first, second], a, b }
}

async function thirdTakesOnlyItsShare(
  stage: Stage,
  consumers: readonly ClientProcess[],
  options: { readonly assignor: Assignor; readonly topics: readonly string[] },
): Promise<void> {
  const before = consumers.map((consumer) => consumer.owned)
  const third = stage.consumer('3', options)
  await third.waitFor('shares of 3, 3 and 4', () => {
    const shares = sharesOf([...consumers, third])
    return (
      shares
        .map((s) => s.length)
        .sort()
        .join() === '3,3,4' && new Set(shares.flat()).size === 10
    )
  })
  const movesMore = options.assignor === 'sticky' && stage.client.quirks?.stickyMovesMore === true
  for (const [index, consumer] of consumers.entries()) {
    if (movesMore) continue
    expect(before[index], 'what it holds now, it held before').toEqual(expect.arrayContaining([...consumer.owned]))
  }
  await stage.close(...consumers, third)
}

function sharesOf(consumers: readonly ClientProcess[]): readonly (readonly string[])[] {
  return consumers.map((consumer) => consumer.owned)
}
