/** What the authorized operations fields hold when nobody asked for them. */
export const OPERATIONS_NOT_REQUESTED = -2147483648

/**
 * All operations that a resource type supports, one bit an operation by its AclOperation number: without an authorizer everyone may do
 * everything (KIP-430; the numbers are Kafka 4.2's answers without an authorizer).
 */
export const AuthorizedOperations = {
  /** READ, WRITE, CREATE, DELETE, ALTER, DESCRIBE, DESCRIBE_CONFIGS, ALTER_CONFIGS. */
  topic: 3576,
  /** READ, DELETE, DESCRIBE, DESCRIBE_CONFIGS, ALTER_CONFIGS. */
  group: 3400,
  /** CREATE, ALTER, DESCRIBE, CLUSTER_ACTION, DESCRIBE_CONFIGS, ALTER_CONFIGS, IDEMPOTENT_WRITE. */
  cluster: 8096,
} as const
