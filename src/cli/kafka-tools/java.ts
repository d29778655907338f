import { javaHashCode } from '../../assignor/index.ts'
import type { KafkaError } from '../../client/index.ts'

/** Classes of Kafka's Java client that are not called as their error codes are. */
const classes: Readonly<Record<string, string>> = {
  CLUSTER_AUTHORIZATION_FAILED: 'ClusterAuthorizationException',
  GROUP_AUTHORIZATION_FAILED: 'GroupAuthorizationException',
  INVALID_CONFIG: 'InvalidConfigurationException',
  INVALID_TOPIC_EXCEPTION: 'InvalidTopicException',
  NON_EMPTY_GROUP: 'GroupNotEmptyException',
  REQUEST_TIMED_OUT: 'TimeoutException',
  SASL_AUTHENTICATION_FAILED: 'SaslAuthenticationException',
  TOPIC_ALREADY_EXISTS: 'TopicExistsException',
  TOPIC_AUTHORIZATION_FAILED: 'TopicAuthorizationException',
  UNKNOWN_SERVER_ERROR: 'UnknownServerException',
}

/** What Java prints for an error: `org.apache.kafka.common.errors.GroupIdNotFoundException: Group billing not found.` */
export function javaText({ code, message }: KafkaError): string {
  const name = classes[code] ?? `${code.split('_').map(capitalized).join('')}Exception`
  return `org.apache.kafka.common.errors.${name}: ${message}`
}

function capitalized(word: string): string {
  return word.charAt(0) + word.slice(1).toLowerCase()
}

/**
 * The order in which a java.util.HashMap iterates that these distinct keys were put into: Kafka's tools print in it.
 * @param capacity what the map was made with
 */
export function hashMapOrder<K>(keys: readonly K[], hashOf: (key: K) => number, capacity = 16): readonly K[] {
  let buckets = 1
  while (buckets < capacity) buckets *= 2
  while (keys.length > buckets * 0.75) buckets *= 2
  const bucketOf = (key: K): number => {
    const hash = hashOf(key)
    return (hash ^ (hash >>> 16)) & (buckets - 1)
  }
  return keys
    .map((key) => ({ key, bucket: bucketOf(key) }))
    .sort((a, b) => a.bucket - b.bucket)
    .map(({ key }) => key)
}

/** `TopicPartition.hashCode` */
export function partitionHash({ topic, partition }: { readonly topic: string; readonly partition: number }): number {
  return (Math.imul(31, 31 + partition) + javaHashCode(topic)) | 0
}

export { javaHashCode }
