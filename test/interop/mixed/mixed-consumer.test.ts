import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { franzGoConsumer } from '../go/client.ts'
import { javaClient } from '../java/java-client.ts'
import { confluentKafkaConsumer } from '../python/clients.ts'
import { type Broker, type ClientProgram, requireTool, startBroker } from '../support/index.ts'
import { Stage } from '../support/scenario.ts'

const java = javaClient({ version: '4.2', assignors: [], staticMembership: true, groupProtocol: 'consumer' })
const clients: readonly ClientProgram[] = [java, confluentKafkaConsumer, franzGoConsumer]
const tools = [...new Set(clients.flatMap((client) => client.tools))]

let current: ClientProgram = java
const mixed: ClientProgram = {
  ...java,
  name: 'mixed',
  consumer: (options) => current.consumer(options),
  producer: (options) => current.producer(options),
}

describe.skipIf(!requireTool(...tools))('members of different languages with the consumer protocol', () => {
  let broker: Broker
  let stage: Stage

  beforeAll(async () => {
    for (const client of clients) await client.prepare()
    broker = await startBroker()
  }, 600_000)

  afterEach(() => stage?.cleanUp())
  afterAll(() => broker?.stop())

  /** The stage, with this client for the next program that it starts. */
  function using(client: ClientProgram): Stage {
    current = client
    return stage
  }

  test('share one group: Java, librdkafka and franz-go, each of which goes once and comes back', async () => {
    stage = new Stage({ broker, client: mixed, scenario: 'mixed-consumer' })
    const topic = await stage.topic(6)
    const producer = using(java).producer({ topic, partitions: 6, intervalMs: 5 })
    const seen = clients.map((client) => using(client).consumer(client.name, { topics: [topic] }))
    let members = [...seen]
    const shares = (count: number): Promise<void> => stage.owns(members.map((member) => [member, count] as const))
    await shares(2)
    expect((await stage.admin.groupIsStable(stage.groupId, 3)).protocol).toBe('uniform')
    await stage.seesMore(20, ...members)
    for (const client of clients) {
      const [oldest, ...others] = members
      await oldest!.close()
      members = others
      await shares(3)
      const again = using(client).consumer(`${client.name} again`, { topics: [topic] })
      seen.push(again)
      members = [...others, again]
      await shares(2)
    }
    await stage.seesMore(20, ...members)
    await producer.close()
    await stage.settle([topic], seen)
  }, 180_000)
})
