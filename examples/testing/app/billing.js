// The program under test: adds up amounts, by order, with @platformatic/kafka (Node >= 22). ESM.
import { Consumer, stringDeserializers } from '@platformatic/kafka'

/** Runs until `stop()`; `totals` has the sum of each order. */
export async function startBilling({ bootstrapServers, clientId = 'billing' }) {
  const consumer = new Consumer({
    clientId,
    groupId: 'billing',
    bootstrapBrokers: [bootstrapServers],
    deserializers: stringDeserializers,
    heartbeatInterval: 200,
  })
  const totals = new Map()
  const stream = await consumer.consume({
    topics: ['orders'],
    mode: 'committed',
    fallbackMode: 'earliest',
    autocommit: false,
  })
  const reading = (async () => {
    for await (const message of stream) {
      totals.set(message.key, (totals.get(message.key) ?? 0) + Number(message.value))
      await message.commit()
    }
  })()
  const stop = async () => {
    await stream.close()
    await reading
    await consumer.close()
  }
  return { totals, stop }
}
