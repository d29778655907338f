import { interopSuite } from '../support/index.ts'
import { franzGoConsumer } from './client.ts'

interopSuite(franzGoConsumer, { fast: ['scale-out-and-in', 'kip-848-incremental', 'broker-restart'] })
