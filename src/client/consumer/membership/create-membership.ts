import { AutoMembership } from './auto-membership.ts'
import { ClassicMembership } from './classic/classic-membership.ts'
import { ConsumerMembership } from './consumer/consumer-membership.ts'
import type { Membership } from './membership.ts'
import type { MembershipOptions } from './membership-options.ts'

/** A consumer's part in its group, over the protocol that `groupProtocol` asks for. @throws KafkaError INVALID_ARGUMENT for unknown assignors */
export function createMembership(options: MembershipOptions): Membership {
  switch (options.config.groupProtocol) {
    case 'classic':
      return new ClassicMembership(options)
    case 'consumer':
      return new ConsumerMembership(options)
    case 'auto':
      return new AutoMembership(options)
  }
}
