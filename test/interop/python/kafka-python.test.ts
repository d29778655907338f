import { interopSuite } from '../support/index.ts'
import { kafkaPython } from './clients.ts'

interopSuite(kafkaPython, { fast: ['scale-out-and-in', 'rebalance-listener', 'static-membership', 'roundrobin'] })
