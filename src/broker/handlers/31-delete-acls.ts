import { type DeleteAclsRequest, type DeleteAclsResponseInput, ErrorCode } from '../../wire/index.ts'
import type { Handler } from '../handler.ts'

/** As Kafka without an authorizer. */
export const handleDeleteAcls: Handler<DeleteAclsRequest, DeleteAclsResponseInput> = ({ filters }) => ({
  throttleTimeMs: 0,
  filterResults: filters.map(() => ({
    errorCode: ErrorCode.SECURITY_DISABLED,
    errorMessage: 'No Authorizer is configured.',
    matchingAcls: [],
  })),
})
