// The program under test: adds up amounts, by order, with kafkajs. CommonJS.
const { Kafka, logLevel } = require('kafkajs')

/** Runs until `stop()`; `totals` has the sum of each order. */
exports.startBilling = async function startBilling({ bootstrapServers, clientId = 'billing' }) {
  const kafka = new Kafka({ clientId, brokers: [bootstrapServers], logLevel: logLevel.NOTHING })
  const consumer = kafka.consumer({
    groupId: 'billing',
    heartbeatInterval: 200,
    sessionTimeout: 10_000,
    maxWaitTimeInMs: 200,
  })
  const totals = new Map()
  await consumer.connect()
  await consumer.subscribe({ topics: ['orders'], fromBeginning: true })
  await consumer.run({
    autoCommitInterval: 100,
    eachMessage: async ({ message }) => {
      const order = message.key.toString()
      totals.set(order, (totals.get(order) ?? 0) + Number(message.value.toString()))
    },
  })
  return { totals, stop: () => consumer.disconnect() }
}
