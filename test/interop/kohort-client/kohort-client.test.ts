import { interopSuite } from '../support/index.ts'
import { kohortClient } from './clients.ts'

interopSuite(kohortClient, {
  fast: [
    'scale-out-and-in',
    'rebalance-listener',
    'static-membership',
    'max-poll-interval',
    'range',
    'roundrobin',
    'sticky',
    'cooperative-sticky',
    'manual-commit',
    'auto-commit',
    'codecs',
    'idempotent-producer',
    'broker-restart',
  ],
  targets: ['kohort', 'kafka'],
})
