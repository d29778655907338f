import { interopSuite } from '../support/index.ts'
import { aiokafka } from './clients.ts'

interopSuite(aiokafka, { fast: ['scale-out-and-in', 'rebalance-listener', 'idempotent-producer'] })
