import { interopSuite } from '../support/index.ts'
import { kohortClientConsumer } from './clients.ts'

interopSuite(kohortClientConsumer, {
  fast: [
    'scale-out-and-in',
    'frozen-consumer',
    'more-consumers-than-partitions',
    'kip-848-incremental',
    'kip-848-static',
    'kip-848-regex',
    'kip-848-rolling-upgrade',
    'no-commit',
    'offset-reset',
    'two-groups',
    'acks',
  ],
  targets: ['kohort', 'kafka'],
})
