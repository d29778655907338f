import { message } from '../message.ts'
import type { Infer, Input } from '../schema.ts'
import { array, bool, int8, int16, int32, string } from '../schema.ts'

/** Asks for configs of topics, brokers or groups; API key 32 (KIP-133, KIP-226, KIP-569). */
export const describeConfigsRequest = message(
  { name: 'DescribeConfigsRequest', type: 'request', apiKey: 32, versions: '1-4', flexible: '4+' },
  () => ({
    resources: array({
      resourceType: int8(),
      resourceName: string(),
      configurationKeys: array(string(), { nullable: '0+' }),
    }),
    includeSynonyms: bool({ default: false }),
    includeDocumentation: bool({ versions: '3+', default: false }),
  }),
)
export interface DescribeConfigsRequest extends Infer<typeof describeConfigsRequest.fields> {}
export interface DescribeConfigsRequestInput extends Input<typeof describeConfigsRequest.fields> {}

/** Answers DescribeConfigsRequest: values with their sources and synonyms. */
export const describeConfigsResponse = message(
  { name: 'DescribeConfigsResponse', type: 'response', apiKey: 32, versions: '1-4', flexible: '4+' },
  () => ({
    /** How long a quota made the broker hold the client back, in ms. */
    throttleTimeMs: int32(),
    results: array({
      errorCode: int16(),
      errorMessage: string({ nullable: '0+' }),
      resourceType: int8(),
      resourceName: string(),
      configs: array({
        name: string(),
        value: string({ nullable: '0+' }),
        readOnly: bool(),
        configSource: int8({ default: -1, ignorable: true }),
        isSensitive: bool(),
        synonyms: array(
          {
            name: string(),
            value: string({ nullable: '0+' }),
            source: int8(),
          },
          { ignorable: true },
        ),
        configType: int8({ versions: '3+', default: 0, ignorable: true }),
        documentation: string({ versions: '3+', nullable: '0+', ignorable: true }),
      }),
    }),
  }),
)
export interface DescribeConfigsResponse extends Infer<typeof describeConfigsResponse.fields> {}
export interface DescribeConfigsResponseInput extends Input<typeof describeConfigsResponse.fields> {}
