import { runScenario } from '../client.js'

/** Measures with a topic of its own, which is deleted afterwards. */
export async function withTopic({ bootstrap }, partitions, topic, measure) {
  await runScenario('create', { bootstrap, topics: [topic], partitions })
  try {
    return await measure(topic)
  } finally {
    await runScenario('delete', { bootstrap, topics: [topic] })
  }
}
