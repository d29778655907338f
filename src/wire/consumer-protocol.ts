import { message } from './message.ts'
import type { Infer, Input } from './schema.ts'
import { array, bytes, int32, string } from './schema.ts'

/** What a consumer gets in SyncGroup: its partitions. */
export const consumerProtocolAssignment = message(
  { name: 'ConsumerProtocolAssignment', type: 'data', versions: '0-3', flexible: 'none' },
  () => ({
    assignedPartitions: array({
      topic: string(),
      partitions: array(int32()),
    }),
    userData: bytes({ nullable: '0+', default: null }),
  }),
)
export interface ConsumerProtocolAssignment extends Infer<typeof consumerProtocolAssignment.fields> {}
export interface ConsumerProtocolAssignmentInput extends Input<typeof consumerProtocolAssignment.fields> {}

/** What a consumer brings along in JoinGroup: topics, owned partitions, generation, rack (KIP-429, KIP-792, KIP-881). */
export const consumerProtocolSubscription = message(
  { name: 'ConsumerProtocolSubscription', type: 'data', versions: '0-3', flexible: 'none' },
  () => ({
    topics: array(string()),
    userData: bytes({ nullable: '0+', default: null }),
    ownedPartitions: array(
      {
        topic: string(),
        partitions: array(int32()),
      },
      { versions: '1+', ignorable: true },
    ),
    generationId: int32({ versions: '2+', default: -1, ignorable: true }),
    rackId: string({ versions: '3+', nullable: '3+', default: null, ignorable: true }),
  }),
)
export interface ConsumerProtocolSubscription extends Infer<typeof consumerProtocolSubscription.fields> {}
export interface ConsumerProtocolSubscriptionInput extends Input<typeof consumerProtocolSubscription.fields> {}
