import { afterAll, afterEach, beforeAll, describe, test } from 'vitest'
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
import { shortSessions } from '../support/suite.ts'
import { eachGoesOnce, MixedStage } from './mixed-stage.ts'

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
    let stage: MixedStage | undefined

    beforeAll(async () => {
      for (const client of [...classic, ...consumer]) await client.prepare()
      broker = await startBroker({ target: kind, set: kind === 'kafka' ? shortSessions : {} })
    }, 600_000)

    afterEach(() => stage?.cleanUp())
    afterAll(() => broker?.stop())

    test.each(groups)(
      'share one group with %s; each goes once and comes back, so that others lead',
      async (protocol, clients, assignor) => {
        stage = new MixedStage({ broker, first: clients[0]!, scenario: `with-java-${protocol}` })
        await eachGoesOnce(stage, { clients, partitions: 12, assignor, protocol })
      },
      180_000,
    )
  },
)
