import { interopSuite } from '../support/index.ts'
import { kafkaJs } from './clients.ts'

interopSuite(kafkaJs, { fast: ['scale-out-and-in', 'manual-commit', 'two-groups'] })
