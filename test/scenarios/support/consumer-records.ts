import type { CoordinatorRecord } from '../../../src/coordinator/index.ts'
import { partitionList } from './replies.ts'

type ConsumerRecord = Exclude<CoordinatorRecord, { readonly type: 'OffsetCommit' | 'GroupMetadata' }>

const STATES = ['', ' unrevoked', ' unreleased']

/** A record of a consumer group in a line. */
export function renderConsumerRecord(record: ConsumerRecord, alias: (text: string) => string): string {
  const { type, key, value } = record
  const who = 'memberId' in key ? ` ${key.memberId}` : 'regularExpression' in key ? ` ${key.regularExpression}` : ''
  const head = `record ${type} ${key.groupId}${who}`
  return value === null ? `${head} tombstone` : `${head} ${renderValue(record, alias)}`
}

function renderValue({ type, value }: ConsumerRecord, alias: (text: string) => string): string {
  if (value === null) return ''
  switch (type) {
    case 'ConsumerGroupMetadata':
      return `epoch=${value.epoch}`
    case 'ConsumerGroupPartitionMetadata':
      return 'of before Kafka 4.1'
    case 'ConsumerGroupMemberMetadata': {
      const instance = value.instanceId === null ? '' : ` instance=${value.instanceId}`
      const regex = value.subscribedTopicRegex ? ` regex=${value.subscribedTopicRegex}` : ''
      const classic = value.classicMemberMetadata === null ? '' : ' classic'
      return `client=${value.clientId} (${value.subscribedTopicNames.join(' ')})${regex}${instance}${classic}`
    }
    case 'ConsumerGroupTargetAssignmentMetadata':
      return `epoch=${value.assignmentEpoch}`
    case 'ConsumerGroupTargetAssignmentMember':
      return partitionList(value.topicPartitions, alias)
    case 'ConsumerGroupCurrentMemberAssignment': {
      const pending =
        value.partitionsPendingRevocation.length === 0
          ? ''
          : ` revoking=${partitionList(value.partitionsPendingRevocation, alias)}`
      const epochs = `epoch=${value.memberEpoch} previous=${value.previousMemberEpoch}`
      return `${epochs}${STATES[value.state]} ${partitionList(value.assignedPartitions, alias)}${pending}`
    }
    case 'ConsumerGroupRegularExpression':
      return `(${value.topics.join(' ')})`
  }
}
