import { interopSuite } from '../support/index.ts'
import { javaClient } from './java-client.ts'

const client = javaClient({
  version: '4.2',
  assignors: ['range', 'roundrobin', 'sticky', 'cooperative-sticky'],
  staticMembership: true,
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
