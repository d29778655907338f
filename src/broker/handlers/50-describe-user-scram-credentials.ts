import {
  type DescribeUserScramCredentialsRequest,
  type DescribeUserScramCredentialsResponseInput,
  ErrorCode,
} from '../../wire/index.ts'
import type { Handler } from '../handler.ts'

/** No user has credentials, and none can be given any (AlterUserScramCredentials is not advertised). `kafka-configs` asks. */
export const handleDescribeUserScramCredentials: Handler<
  DescribeUserScramCredentialsRequest,
  DescribeUserScramCredentialsResponseInput
> = ({ users }) => {
  const counts = new Map<string, number>()
  for (const { name } of users ?? []) counts.set(name, (counts.get(name) ?? 0) + 1)
  return {
    throttleTimeMs: 0,
    errorCode: ErrorCode.NONE,
    errorMessage: '',
    results: Array.from(counts, ([user, count]) => ({
      user,
      errorCode: count > 1 ? ErrorCode.DUPLICATE_RESOURCE : ErrorCode.RESOURCE_NOT_FOUND,
      errorMessage:
        count > 1
          ? `Cannot describe SCRAM credentials for the same user twice in a single request: ${user}`
          : `Attempt to describe a user credential that does not exist: ${user}`,
      credentialInfos: [],
    })),
  }
}
