import { interopSuite } from '../support/index.ts'
import { franzGo } from './client.ts'

interopSuite(franzGo, { fast: ['scale-out-and-in', 'sticky', 'idempotent-producer', 'broker-restart'] })
