import { interopSuite } from '../support/index.ts'
import { confluentKafkaConsumer } from './clients.ts'

interopSuite(confluentKafkaConsumer, {
  fast: ['scale-out-and-in', 'frozen-consumer', 'kip-848-incremental', 'auto-commit'],
})
