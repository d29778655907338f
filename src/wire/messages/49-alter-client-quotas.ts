import { message } from '../message.ts'
import type { Infer, Input } from '../schema.ts'
import { array, bool, float64, int16, int32, string } from '../schema.ts'

/** Sets client quotas; API key 49 (KIP-546). */
export const alterClientQuotasRequest = message(
  { name: 'AlterClientQuotasRequest', type: 'request', apiKey: 49, versions: '0-1', flexible: '1+' },
  () => ({
    entries: array({
      entity: array({
        entityType: string(),
        entityName: string({ nullable: '0+' }),
      }),
      ops: array({
        key: string(),
        value: float64(),
        remove: bool(),
      }),
    }),
    validateOnly: bool(),
  }),
)
export interface AlterClientQuotasRequest extends Infer<typeof alterClientQuotasRequest.fields> {}
export interface AlterClientQuotasRequestInput extends Input<typeof alterClientQuotasRequest.fields> {}

/** Answers AlterClientQuotasRequest: what became of each entity. */
export const alterClientQuotasResponse = message(
  { name: 'AlterClientQuotasResponse', type: 'response', apiKey: 49, versions: '0-1', flexible: '1+' },
  () => ({
    /** How long a quota made the broker hold the client back, in ms. */
    throttleTimeMs: int32(),
    entries: array({
      errorCode: int16(),
      errorMessage: string({ nullable: '0+' }),
      entity: array({
        entityType: string(),
        entityName: string({ nullable: '0+' }),
      }),
    }),
  }),
)
export interface AlterClientQuotasResponse extends Infer<typeof alterClientQuotasResponse.fields> {}
export interface AlterClientQuotasResponseInput extends Input<typeof alterClientQuotasResponse.fields> {}
