import { interopSuite } from '../support/index.ts'
import { platformaticKafka } from './clients.ts'

interopSuite(platformaticKafka, { fast: ['scale-out-and-in', 'cooperative-sticky', 'offset-reset'] })
