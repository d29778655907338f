import { message } from '../message.ts'
import type { Infer, Input } from '../schema.ts'
import { array, int64, string } from '../schema.ts'

/** Key: topics that a regular expression of a consumer group matched; record type 16 of __consumer_offsets (KIP-848). */
export const consumerGroupRegularExpressionKey = message(
  { name: 'ConsumerGroupRegularExpressionKey', type: 'coordinator-key', apiKey: 16, versions: '0', flexible: 'none' },
  () => ({
    groupId: string(),
    regularExpression: string(),
  }),
)
export interface ConsumerGroupRegularExpressionKey extends Infer<typeof consumerGroupRegularExpressionKey.fields> {}
export interface ConsumerGroupRegularExpressionKeyInput
  extends Input<typeof consumerGroupRegularExpressionKey.fields> {}

/** Value: topics that a regular expression of a consumer group matched; record type 16 of __consumer_offsets (KIP-848). */
export const consumerGroupRegularExpressionValue = message(
  { name: 'ConsumerGroupRegularExpressionValue', type: 'coordinator-value', apiKey: 16, versions: '0', flexible: '0+' },
  () => ({
    topics: array(string()),
    version: int64(),
    timestamp: int64(),
  }),
)
export interface ConsumerGroupRegularExpressionValue extends Infer<typeof consumerGroupRegularExpressionValue.fields> {}
export interface ConsumerGroupRegularExpressionValueInput
  extends Input<typeof consumerGroupRegularExpressionValue.fields> {}
