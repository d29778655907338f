import type { ServerAssignor } from './types.ts'
import { assignHeterogeneous } from './uniform-heterogeneous.ts'
import { assignHomogeneous } from './uniform-homogeneous.ts'

/**
 * Kafka's `uniform`, the default: members get as many partitions as each other, one more or less, and keep as many as they can. It does
 * not matter which topics they are of.
 */
export const uniformAssignor: ServerAssignor = {
  name: 'uniform',
  assign(input) {
    if (input.members.length === 0) return new Map()
    return input.isHomogeneous ? assignHomogeneous(input) : assignHeterogeneous(input)
  },
}
