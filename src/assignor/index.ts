import { rangeAssignor } from './range.ts'
import { roundRobinAssignor } from './round-robin.ts'
import { cooperativeStickyAssignor, stickyAssignor } from './sticky.ts'
import type { Assignor, AssignorName } from './types.ts'

export type {
  Assignment,
  AssignmentInput,
  Assignor,
  AssignorMember,
  AssignorName,
  TopicPartition,
} from './types.ts'

/** The client-side assignors of Kafka 4.2, by the name under which members offer them in JoinGroup. */
export const assignors: Readonly<Record<AssignorName, Assignor>> = {
  range: rangeAssignor,
  roundrobin: roundRobinAssignor,
  sticky: stickyAssignor,
  'cooperative-sticky': cooperativeStickyAssignor,
}
