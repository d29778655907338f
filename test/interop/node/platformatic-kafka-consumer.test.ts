import { interopSuite } from '../support/index.ts'
import { platformaticKafkaConsumer } from './clients.ts'

interopSuite(platformaticKafkaConsumer, { fast: ['scale-out-and-in', 'more-consumers-than-partitions'] })
