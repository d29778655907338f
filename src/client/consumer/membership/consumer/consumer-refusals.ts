import type { ErrorName } from '../../../../wire/index.ts'
import { KafkaError, kindOf } from '../../../kafka-error.ts'
import type { MembershipConfig } from '../membership.ts'

type Config = Pick<MembershipConfig, 'groupId' | 'groupInstanceId' | 'groupRemoteAssignor'>

/** Why the coordinator refuses this member for good, in words that say what to do about it. */
export function heartbeatRefusal(
  error: Exclude<ErrorName, 'NONE'>,
  brokerMessage: string | null,
  { groupId, groupInstanceId, groupRemoteAssignor }: Config,
  remotePattern: string | null,
): KafkaError {
  const said = brokerMessage === null ? '' : `: ${brokerMessage}`
  switch (error) {
    case 'UNRELEASED_INSTANCE_ID': {
      const sentence =
        `a running member of group ${groupId} has the groupInstanceId ${groupInstanceId} already, so this one may not join. ` +
        'Each consumer of a group needs its own; after a crash the former one is out when its session has ended'
      return new KafkaError(error, sentence)
    }
    case 'FENCED_INSTANCE_ID': {
      const sentence =
        `another consumer has taken the groupInstanceId ${groupInstanceId} in group ${groupId}, as happens when an administrator removes a ` +
        'member and another one joins in its name'
      return new KafkaError(error, sentence)
    }
    case 'UNSUPPORTED_ASSIGNOR':
      return new KafkaError(
        error,
        `the broker has no assignor ${groupRemoteAssignor} for group ${groupId} (groupRemoteAssignor)${said}`,
      )
    case 'INVALID_REGULAR_EXPRESSION':
      return new KafkaError(
        error,
        `the broker cannot read the pattern ${remotePattern} (RE2 syntax, without lookahead or backreferences)${said}`,
      )
    case 'UNSUPPORTED_VERSION':
      return unsupportedProtocol(brokerMessage, remotePattern)
    case 'GROUP_MAX_SIZE_REACHED':
      return new KafkaError(
        error,
        `group ${groupId} has as many members as the broker allows (its group.consumer.max.size)`,
      )
    case 'GROUP_AUTHORIZATION_FAILED':
      return new KafkaError(error, `not allowed to read group ${groupId} (GROUP_AUTHORIZATION_FAILED)`)
    case 'GROUP_ID_NOT_FOUND':
      return new KafkaError(
        error,
        `group ${groupId} is of another kind, and does not take members of the consumer protocol${said}`,
      )
    default: {
      const kind = kindOf(error) === 'retriable' ? 'bug' : kindOf(error)
      return new KafkaError(error, `group ${groupId} refused this member (${error})${said}`, { kind })
    }
  }
}

/** Java's sentences. */
export function unsupportedProtocol(brokerMessage: string | null, remotePattern: string | null): KafkaError {
  const sentence =
    remotePattern === null
      ? "the cluster does not support the consumer group protocol (KIP-848): set groupProtocol to 'classic', or 'auto', until it is upgraded"
      : 'the cluster does not support patterns that the broker matches (ConsumerGroupHeartbeat version 1): subscribe to a RegExp, or to names'
  return new KafkaError('UNSUPPORTED_VERSION', brokerMessage === null ? sentence : `${sentence} (${brokerMessage})`)
}
