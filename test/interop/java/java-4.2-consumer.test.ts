import { interopSuite } from '../support/index.ts'
import { javaClient } from './java-client.ts'

/** The consumer protocol of Kafka 4 (KIP-848): `group.protocol=consumer`. */
const client = javaClient({
  version: '4.2',
  assignors: ['range'],
  staticMembership: true,
  rejoinsAfterOutage: true,
  groupProtocol: 'consumer',
})

interopSuite(client, {
  fast: ['scale-out-and-in', 'max-poll-interval', 'kip-848-static', 'kip-848-regex', 'kip-848-rolling-upgrade'],
})
