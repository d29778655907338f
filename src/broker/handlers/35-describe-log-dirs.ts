import { type DescribeLogDirsRequest, type DescribeLogDirsResponseInput, ErrorCode } from '../../wire/index.ts'
import type { Broker } from '../broker.ts'
import type { Handler } from '../handler.ts'
import type { Topic } from '../metadata/metadata-store.ts'

type TopicResult = DescribeLogDirsResponseInput['results'][number]['topics'][number]

/** Bytes of each partition in the data folder; what does not exist is left out. */
export const handleDescribeLogDirs: Handler<DescribeLogDirsRequest, DescribeLogDirsResponseInput> = async (
  request,
  _,
  broker,
) => {
  const { topicsByName } = broker.metadata.image
  const asked =
    request.topics === null
      ? Array.from(topicsByName.values(), (topic) => sizes(topic, range(topic.partitionCount), broker))
      : request.topics.map(({ topic, partitions }) => sizes(topicsByName.get(topic), partitions, broker))
  const { totalBytes, usableBytes } = await broker.storage.space()
  const topics = asked.filter((topic) => topic !== undefined)
  return {
    throttleTimeMs: 0,
    errorCode: ErrorCode.NONE,
    results: [{ errorCode: ErrorCode.NONE, logDir: broker.storage.directory, topics, totalBytes, usableBytes }],
  }
}

function sizes(topic: Topic | undefined, indexes: readonly number[], broker: Broker): TopicResult | undefined {
  if (topic === undefined) return undefined
  const partitions = [...new Set(indexes)].flatMap((partitionIndex) => {
    const log = broker.partitionLog(topic, partitionIndex)
    if (log === undefined) return []
    return [{ partitionIndex, partitionSize: BigInt(log.sizeBytes), offsetLag: 0n, isFutureKey: false }]
  })
  return partitions.length === 0 ? undefined : { name: topic.name, partitions }
}

function range(end: number): number[] {
  return Array.from({ length: end }, (_, index) => index)
}
