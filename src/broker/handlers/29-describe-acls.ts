import { type DescribeAclsRequest, type DescribeAclsResponseInput, ErrorCode } from '../../wire/index.ts'
import type { Handler } from '../handler.ts'

/** As Kafka without an authorizer. */
export const handleDescribeAcls: Handler<DescribeAclsRequest, DescribeAclsResponseInput> = () => ({
  throttleTimeMs: 0,
  errorCode: ErrorCode.SECURITY_DISABLED,
  errorMessage: 'No Authorizer is configured on the broker',
  resources: [],
})
