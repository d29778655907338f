import { interopSuite } from '../support/index.ts'
import { javaClient } from './java-client.ts'

// The oldest release whose clients Apache Kafka 4 still serves (KIP-896).
const client = javaClient({ version: '2.1', assignors: ['range', 'roundrobin', 'sticky'], staticMembership: false })

interopSuite(client, { fast: ['scale-out-and-in', 'codecs', 'frozen-consumer', 'broker-restart'] })
