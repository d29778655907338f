import { type CreateAclsRequest, type CreateAclsResponseInput, ErrorCode } from '../../wire/index.ts'
import type { Handler } from '../handler.ts'

/** As Kafka without an authorizer. */
export const handleCreateAcls: Handler<CreateAclsRequest, CreateAclsResponseInput> = ({ creations }) => ({
  throttleTimeMs: 0,
  results: creations.map(() => ({
    errorCode: ErrorCode.SECURITY_DISABLED,
    errorMessage: 'No Authorizer is configured.',
  })),
})
