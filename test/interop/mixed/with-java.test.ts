import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { franzGo, franzGoConsumer } from '../go/client.ts'
import { javaClient } from '../java/java-client.ts'
import { kohortClient, kohortClientConsumer } from '../kohort-client/clients.ts'
import { confluentKafka, confluentKafkaConsumer } from '../python/clients.ts'
import {
  type Assignor,
  type Broker,
  type ClientProgram,
  isFullRun,
  requireTool,
  startBroker,
  target,
} from '../support/index.ts'
import { Stage } from '../support/scenario.ts'
import { shortSessions } from '../support/suite.ts'

const java = { version: '4.2', staticMembership: true } as const
const classic: readonly ClientProgram[] = [
  kohortClient,
  javaClient({ ...java, assignors: ['range', 'roundrobin', 'cooperative-sticky'] }),
  confluentKafka,
  franzGo,
]
const consumer: readonly ClientProgram[] = [
  kohortClientConsumer,
  javaClient({ ...java, assignors: [], groupProtocol: 'consumer' }),
  confluentKafkaConsumer,
  franzGoConsumer,
]
const tools = [...new Set(classic.flatMap((client) => client.tools))]

/** The protocols of a group, and the assignor that it then has. */
const groups: readonly (readonly [string, readonly ClientProgram[], Assignor | undefined])[] = [
  ...(isFullRun
    ? ([['range', classic, 'range'] as const, ['roundrobin', classic, 'roundrobin'] as const] as const)
    : []),
  ['cooperative-sticky', classic, 'cooperative-sticky'],
  ['uniform', consumer, undefined],
]

describe.skipIf(!requireTool(...tools)).each(isFullRun ? (['kohort', 'kafka'] as const) : [target()])(
  'members of this client, Java, librdkafka and franz-go on %s',
  (kind) => {
    let broker: Broker
    let stage: Stage | undefined

    beforeAll(async () => {
      for (const client of [...classic, ...consumer]) await client.prepare()
      broker = await startBroker({ target: kind, set: kind === 'kafka' ? shortSessions : {} })
    }, 600_000)

    afterEach(() => stage?.cleanUp())
    afterAll(() => broker?.stop())

    test.each(groups)(
      'share one group with %s; each goes once and comes back, so that others lead',
      async (protocol, clients, assignor) => {
        let current = clients[0]!
        const mixed: ClientProgram = {
          ...current,
          name: 'mixed',
          consumer: (options) => current.consumer(options),
          producer: (options) => current.producer(options),
        }
        const on = new Stage({ broker, client: mixed, scenario: `with-java-${protocol}` })
        stage = on
        const using = (client: ClientProgram): Stage => {
          current = client
          return on
        }
        const topic = await on.topic(12)
        const options = { topics: [topic], ...(assignor === undefined ? {} : { assignor }) }
        const producer = using(clients[0]!).producer({ topic, partitions: 12, intervalMs: 5 })
        const seen = clients.map((client) => using(client).consumer(client.name, options))
        let members = [...seen]
        const shares = (count: number): Promise<void> => on.owns(members.map((member) => [member, count] as const))
        await shares(3)
        expect((await on.admin.groupIsStable(on.groupId, 4)).protocol).toBe(protocol)
        await on.seesMore(20, ...members)
        for (const client of clients) {
          const [oldest, ...others] = members
          await oldest!.close()
          members = others
          await shares(4)
          const again = using(client).consumer(`${client.name} again`, options)
          seen.push(again)
          members = [...others, again]
          await shares(3)
        }
        await on.seesMore(20, ...members)
        await producer.close()
        await on.settle([topic], seen)
      },
      180_000,
    )
  },
)
