import { expect } from 'vitest'
import type { Assignor, Broker, ClientProgram } from '../support/index.ts'
import { Stage } from '../support/scenario.ts'

/** A stage for programs of several clients. */
export class MixedStage extends Stage {
  readonly #use: (client: ClientProgram) => void

  constructor(options: { readonly broker: Broker; readonly first: ClientProgram; readonly scenario: string }) {
    const { broker, first, scenario } = options
    let current = first
    const client: ClientProgram = {
      ...first,
      name: 'mixed',
      consumer: (consumer) => current.consumer(consumer),
      producer: (producer) => current.producer(producer),
    }
    super({ broker, client, scenario })
    this.#use = (next) => {
      current = next
    }
  }

  /** This stage, with this client for the next program that it starts. */
  using(client: ClientProgram): MixedStage {
    this.#use(client)
    return this
  }
}

/**
 * One member of each client, in one group, that share the partitions evenly while records come; each goes once and comes back, so that each
 * leads once.
 */
export async function eachGoesOnce(
  stage: MixedStage,
  options: {
    readonly clients: readonly ClientProgram[]
    /** A multiple of the number of clients, and of one less. */
    readonly partitions: number
    /** Undefined: the broker assigns. */
    readonly assignor: Assignor | undefined
    /** What the group then says that its protocol is. */
    readonly protocol: string
  },
): Promise<void> {
  const { clients, partitions, assignor, protocol } = options
  const topic = await stage.topic(partitions)
  const consuming = { topics: [topic], ...(assignor === undefined ? {} : { assignor }) }
  const producer = stage.using(clients[0]!).producer({ topic, partitions, intervalMs: 5 })
  const seen = clients.map((client) => stage.using(client).consumer(client.name, consuming))
  let members = [...seen]
  const areShared = (): Promise<void> =>
    stage.owns(members.map((member) => [member, partitions / members.length] as const))
  await areShared()
  expect((await stage.admin.groupIsStable(stage.groupId, clients.length)).protocol).toBe(protocol)
  await stage.seesMore(20, ...members)
  for (const client of clients) {
    const [oldest, ...others] = members
    await oldest!.close()
    members = others
    await areShared()
    const again = stage.using(client).consumer(`${client.name} again`, consuming)
    seen.push(again)
    members = [...others, again]
    await areShared()
  }
  await stage.seesMore(20, ...members)
  await producer.close()
  await stage.settle([topic], seen)
}
