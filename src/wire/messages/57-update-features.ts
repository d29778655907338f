import { message } from '../message.ts'
import type { Infer, Input } from '../schema.ts'
import { array, bool, int8, int16, int32, string } from '../schema.ts'

/** Finalizes feature levels of the cluster; API key 57 (KIP-584, KIP-778). */
export const updateFeaturesRequest = message(
  { name: 'UpdateFeaturesRequest', type: 'request', apiKey: 57, versions: '0-2', flexible: '0+' },
  () => ({
    timeoutMs: int32({ default: 60000 }),
    featureUpdates: array({
      feature: string(),
      maxVersionLevel: int16(),
      allowDowngrade: bool({ versions: '0' }),
      upgradeType: int8({ versions: '1+', default: 1 }),
    }),
    validateOnly: bool({ versions: '1+', default: false }),
  }),
)
export interface UpdateFeaturesRequest extends Infer<typeof updateFeaturesRequest.fields> {}
export interface UpdateFeaturesRequestInput extends Input<typeof updateFeaturesRequest.fields> {}

/** Answers UpdateFeaturesRequest: what became of each feature. */
export const updateFeaturesResponse = message(
  { name: 'UpdateFeaturesResponse', type: 'response', apiKey: 57, versions: '0-2', flexible: '0+' },
  () => ({
    /** How long a quota made the broker hold the client back, in ms. */
    throttleTimeMs: int32(),
    errorCode: int16(),
    errorMessage: string({ nullable: '0+' }),
    results: array(
      {
        feature: string(),
        errorCode: int16(),
        errorMessage: string({ nullable: '0+' }),
      },
      { versions: '0-1', ignorable: true },
    ),
  }),
)
export interface UpdateFeaturesResponse extends Infer<typeof updateFeaturesResponse.fields> {}
export interface UpdateFeaturesResponseInput extends Input<typeof updateFeaturesResponse.fields> {}
