import { interopSuite } from '../support/index.ts'
import { javaClient } from './java-client.ts'

const client = javaClient({
  version: '4.2',
  assignors: ['range', 'roundrobin', 'sticky', 'cooperative-sticky'],
  staticMembership: true,
  // Since 4.0 a client that reaches no broker forgets its metadata (KIP-899, metadata.recovery.strategy=rebootstrap), and
  // the leader of a group takes the empty metadata for a change of its topics.
  rejoinsAfterOutage: true,
})

interopSuite(client, {
  fast: [
    'scale-out-and-in',
    'rebalance-listener',
    'static-membership',
    'max-poll-interval',
    'sticky',
    'cooperative-sticky',
    'idempotent-producer',
  ],
})
