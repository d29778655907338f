import { interopSuite } from '../support/index.ts'
import { confluentKafka } from './clients.ts'

interopSuite(confluentKafka, { fast: ['scale-out-and-in', 'frozen-consumer', 'auto-commit', 'codecs'] })
