import { groupLines } from './groups.js'
import { idleLines } from './idle.js'
import { requestLines } from './requests.js'
import { throughputLines } from './throughput.js'

/**
 * The lines of the table, by name. A line:
 *
 * - `measure(broker, context)` gives one sample, an object of figures. With `seconds` and `clientCpuSeconds` it says how long
 *   the client was at work, and with how much CPU.
 * - `figures`: those of them that the table shows.
 * - `setUp(broker, context)`: runs once for each broker.
 * - `variants`: kinds that it is measured on; default all.
 * - `configs`: of a broker of its own that has them; default is the one with the brokers' default configs.
 * - `isHalfLoad`: needs `context.rate`, half of what the slowest of its variants answers.
 *
 * Of a context, `count` scales numbers of records, `seconds` is how long to measure, `unique` names a topic.
 */
export const lines = { ...idleLines, ...throughputLines, ...requestLines, ...groupLines }

/** Names for lines that are measured together. */
export const groups = {
  idle: Object.keys(idleLines),
  throughput: Object.keys(throughputLines),
  latency: Object.keys(requestLines),
  groups: Object.keys(groupLines),
}

export function isMeasuredOn(line, variant) {
  return line.variants === undefined || line.variants.includes(variant.base)
}
