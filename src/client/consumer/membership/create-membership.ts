import { ClassicMembership } from './classic/classic-membership.ts'
import type { Membership } from './membership.ts'
import type { MembershipOptions } from './membership-options.ts'

/** A consumer's part in its group, over the protocol that `groupProtocol` asks for. */
export function createMembership(options: MembershipOptions): Membership {
  return new ClassicMembership(options)
}
