import { message } from '../message.ts'
import type { Infer, Input } from '../schema.ts'
import { array, bool, float64, int8, int16, int32, string } from '../schema.ts'

/** Asks for client quotas that match a filter; API key 48 (KIP-546). */
export const describeClientQuotasRequest = message(
  { name: 'DescribeClientQuotasRequest', type: 'request', apiKey: 48, versions: '0-1', flexible: '1+' },
  () => ({
    components: array({
      entityType: string(),
      matchType: int8(),
      match: string({ nullable: '0+' }),
    }),
    strict: bool(),
  }),
)
export interface DescribeClientQuotasRequest extends Infer<typeof describeClientQuotasRequest.fields> {}
export interface DescribeClientQuotasRequestInput extends Input<typeof describeClientQuotasRequest.fields> {}

/** Answers DescribeClientQuotasRequest: the quotas. */
export const describeClientQuotasResponse = message(
  { name: 'DescribeClientQuotasResponse', type: 'response', apiKey: 48, versions: '0-1', flexible: '1+' },
  () => ({
    /** How long a quota made the broker hold the client back, in ms. */
    throttleTimeMs: int32(),
    errorCode: int16(),
    errorMessage: string({ nullable: '0+' }),
    entries: array(
      {
        entity: array({
          entityType: string(),
          entityName: string({ nullable: '0+' }),
        }),
        values: array({
          key: string(),
          value: float64(),
        }),
      },
      { nullable: '0+' },
    ),
  }),
)
export interface DescribeClientQuotasResponse extends Infer<typeof describeClientQuotasResponse.fields> {}
export interface DescribeClientQuotasResponseInput extends Input<typeof describeClientQuotasResponse.fields> {}
