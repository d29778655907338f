import type { ErrorName } from '../../../../wire/index.ts'
import { KafkaError, kindOf } from '../../../kafka-error.ts'
import type { ClientAssignor, MembershipConfig } from '../membership.ts'

type Config = Pick<MembershipConfig, 'groupId' | 'groupInstanceId' | 'sessionTimeoutMs'>
type Refusal = Exclude<ErrorName, 'NONE'>

/** Why the coordinator does not let this member join, in words that say what to do about it. */
export function joinRefusal(
  error: Refusal,
  config: Config,
  assignors: readonly ClientAssignor[],
  detail = 'some other member has none of them, or the group is not one of consumers',
): KafkaError {
  const { groupId, sessionTimeoutMs } = config
  switch (error) {
    case 'INCONSISTENT_GROUP_PROTOCOL': {
      const offered = assignors.map(({ name }) => name).join(', ')
      const sentence =
        `group ${groupId} does not take this member: it offers the protocols [${offered}] of type consumer, and ${detail}. ` +
        'All members of a group must have one partitionAssignmentStrategy in common'
      return new KafkaError(error, sentence)
    }
    case 'INVALID_SESSION_TIMEOUT': {
      const bounds = 'group.min.session.timeout.ms and group.max.session.timeout.ms'
      return new KafkaError(
        error,
        `sessionTimeoutMs ${sessionTimeoutMs} is outside what the broker allows (its ${bounds})`,
      )
    }
    case 'GROUP_MAX_SIZE_REACHED':
      return new KafkaError(error, `group ${groupId} has as many members as the broker allows (its group.max.size)`)
    case 'INVALID_GROUP_ID':
      return new KafkaError(error, `the broker does not take ${JSON.stringify(groupId)} as a group id`)
    default:
      return memberRefusal(error, config)
  }
}

/** Why the coordinator does not want this member any more. */
export function memberRefusal(error: Refusal, { groupId, groupInstanceId }: Config): KafkaError {
  switch (error) {
    case 'FENCED_INSTANCE_ID': {
      const sentence =
        `another consumer has joined group ${groupId} with the groupInstanceId ${groupInstanceId} of this one, which is out of the group now. ` +
        'Each running consumer of a group needs a groupInstanceId of its own'
      return new KafkaError(error, sentence)
    }
    case 'GROUP_AUTHORIZATION_FAILED':
      return new KafkaError(error, `not allowed to read group ${groupId} (GROUP_AUTHORIZATION_FAILED)`)
    case 'UNSUPPORTED_VERSION':
      return new KafkaError(
        error,
        `the broker is too old for what group ${groupId} needs, such as a groupInstanceId (Kafka 2.3)`,
      )
    default: {
      // What passes was dealt with before: whatever else this is, trying again does not help.
      const kind = kindOf(error) === 'retriable' ? 'bug' : kindOf(error)
      return new KafkaError(error, `group ${groupId} refused this member: ${error}`, { kind })
    }
  }
}
