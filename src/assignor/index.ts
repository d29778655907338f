import { rangeAssignor } from './range.ts'
import { roundRobinAssignor } from './round-robin.ts'
import { serverRangeAssignor } from './server/range.ts'
import type { ServerAssignor, ServerAssignorName } from './server/types.ts'
import { uniformAssignor } from './server/uniform.ts'
import { cooperativeStickyAssignor, stickyAssignor } from './sticky.ts'
import type { Assignor, AssignorName } from './types.ts'

export { javaHashCode, javaHashOrder } from './java-hash.ts'
export type {
  ServerAssignment,
  ServerAssignor,
  ServerAssignorInput,
  ServerAssignorMember,
  ServerAssignorName,
  TopicPartitions,
} from './server/types.ts'
export type {
  Assignment,
  AssignmentInput,
  Assignor,
  AssignorMember,
  AssignorName,
  RacksByTopic,
  TopicPartition,
} from './types.ts'

/** The client-side assignors of Kafka 4.2, by the name under which members offer them in JoinGroup. */
export const assignors: Readonly<Record<AssignorName, Assignor>> = {
  range: rangeAssignor,
  roundrobin: roundRobinAssignor,
  sticky: stickyAssignor,
  'cooperative-sticky': cooperativeStickyAssignor,
}

/** The server-side assignors of KIP-848, by the name under which members ask for them. */
export const serverAssignors: Readonly<Record<ServerAssignorName, ServerAssignor>> = {
  uniform: uniformAssignor,
  range: serverRangeAssignor,
}
