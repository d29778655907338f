import type { AppendOutcome, PartitionLog } from '../../log/index.ts'
import {
  batchLayout,
  ErrorCode,
  type ErrorName,
  type ProduceRequest,
  type ProduceResponseInput,
  TRANSACTIONAL_BIT,
} from '../../wire/index.ts'
import type { Broker } from '../broker.ts'
import { ConnectionEnd, type Handler, type RequestContext } from '../handler.ts'
import type { Topic } from '../metadata/metadata-store.ts'
import { onlyBatch } from '../produce/batch-problem.ts'
import { prepareBatch } from '../produce/prepare-batch.ts'
import { isProblem, type ProduceProblem } from '../produce/produce-problem.ts'
import { InOrder } from '../server/in-order.ts'

type TopicAnswer = ProduceResponseInput['responses'][number]
type PartitionAnswer = TopicAnswer['partitionResponses'][number]
type TopicRequest = ProduceRequest['topicData'][number]

/** Topics are said by id from this version on (KIP-516). */
const TOPIC_ID_VERSION = 13
/** Kafka's own tools may write to internal topics; they say who they are by this name. */
const ADMIN_CLIENT_ID = '__admin_client'
const NO_TRANSACTIONS = 'This version of kohort has no transactions: use a producer without transactional.id.'

/** Batches whose preparation takes long must not be overtaken by later ones of their connection. */
const order = new InOrder()

/**
 * Produce: checks each partition's batch, appends it and answers when the log says what `acks` asks for: written (1),
 * durable (-1), or not at all (0).
 *
 * Partitions stand for themselves: one that is refused does not hold up the others.
 */
export const handleProduce: Handler<ProduceRequest, ProduceResponseInput | undefined> = (request, context, broker) => {
  const refusal = requestProblem(request)
  if (refusal !== undefined) return conclude(request, context, refuseAll(request, refusal))
  const { connection } = context
  if (!order.isBusy(connection)) {
    const items = itemsOf(request, context, broker)
    const prepared = items.map((item) => prepareItem(item, broker))
    if (!prepared.some((batch) => batch instanceof Promise)) {
      return append(request, context, broker, items, prepared as Prepared[])
    }
    return order
      .run(connection, async () => [append(request, context, broker, items, await Promise.all(prepared))])
      .then(([answer]) => answer)
  }
  // The answer is wrapped so that those behind wait for the call of append, not for its outcome.
  return order
    .run(connection, async () => {
      const items = itemsOf(request, context, broker)
      const prepared = await Promise.all(items.map((item) => prepareItem(item, broker)))
      return [append(request, context, broker, items, prepared)]
    })
    .then(([answer]) => answer)
}

/** One partition of a request: where its batch goes, or why it goes nowhere. */
interface Item {
  readonly topicIndex: number
  readonly index: number
  readonly target: { readonly topic: Topic; readonly log: PartitionLog; readonly batch: Buffer } | ProduceProblem
}

type Prepared = Buffer | ProduceProblem

function requestProblem({ acks, topicData }: ProduceRequest): ProduceProblem | undefined {
  for (const { partitionData } of topicData) {
    for (const { records } of partitionData) {
      if (records === null || records.length < batchLayout.attributes + 2 || records[batchLayout.magic] !== 2) continue
      if ((records.readInt16BE(batchLayout.attributes) & TRANSACTIONAL_BIT) === 0) continue
      // Fatal to a producer, which then fails with our sentence; a retriable error would make it try for ever.
      return { errorCode: 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED', logStartOffset: -1n, message: NO_TRANSACTIONS }
    }
  }
  return acks < -1 || acks > 1 ? { errorCode: 'INVALID_REQUIRED_ACKS', logStartOffset: -1n } : undefined
}

function refuseAll({ topicData }: ProduceRequest, problem: ProduceProblem): PartitionAnswer[][] {
  return topicData.map(({ partitionData }) => partitionData.map(({ index }) => refusedAnswer(index, problem)))
}

function itemsOf(request: ProduceRequest, context: RequestContext, broker: Broker): Item[] {
  const items: Item[] = []
  for (let topicIndex = 0; topicIndex < request.topicData.length; topicIndex++) {
    const topicData = request.topicData[topicIndex]!
    const topic = topicOf(topicData, context.apiVersion, broker)
    for (const { index, records } of topicData.partitionData) {
      const target = typeof topic === 'string' ? refused(topic) : targetOf(topic, index, records, context, broker)
      items.push({ topicIndex, index, target })
    }
  }
  return items
}

function topicOf({ name, topicId }: TopicRequest, apiVersion: number, broker: Broker): Topic | ErrorName {
  const { image } = broker.metadata
  if (apiVersion >= TOPIC_ID_VERSION) return image.topicsById.get(topicId) ?? 'UNKNOWN_TOPIC_ID'
  return image.topicsByName.get(name) ?? 'UNKNOWN_TOPIC_OR_PARTITION'
}

function targetOf(
  topic: Topic,
  index: number,
  records: Buffer | null,
  { apiVersion, clientId }: RequestContext,
  broker: Broker,
): Item['target'] {
  const log = broker.partitionLog(topic, index)
  if (log === undefined) return refused('UNKNOWN_TOPIC_OR_PARTITION')
  const batch = onlyBatch(records, apiVersion)
  if (!Buffer.isBuffer(batch)) return batch
  if (topic.isInternal && clientId !== ADMIN_CLIENT_ID) return refused('INVALID_TOPIC_EXCEPTION')
  return { topic, log, batch }
}

function prepareItem({ target, index }: Item, broker: Broker): Prepared | Promise<Prepared> {
  if (isProblem(target)) return target
  const { topic, log, batch } = target
  return prepareBatch(batch, {
    config: broker.config.topicConfig(topic.configs),
    topic: topic.name,
    partition: index,
    nowMs: Math.floor(broker.clock.wallMs()),
    logStartOffset: log.logStartOffset,
  })
}

/** Calls append for each partition in this turn, so that all of them share one flush. */
async function append(
  request: ProduceRequest,
  context: RequestContext,
  broker: Broker,
  items: readonly Item[],
  prepared: readonly Prepared[],
): Promise<ProduceResponseInput | ConnectionEnd | undefined> {
  const ack = request.acks === -1 ? 'durable' : 'written'
  const outcomes = items.map(({ target }, i) => {
    const batch = prepared[i]!
    if (isProblem(target) || !Buffer.isBuffer(batch)) return undefined
    return broker.logs.append([{ log: target.log, batches: batch }], ack)
  })
  const answers: PartitionAnswer[][] = request.topicData.map(() => [])
  for (let i = 0; i < items.length; i++) {
    const { topicIndex, index, target } = items[i]!
    const batch = prepared[i]!
    const outcome = outcomes[i]
    if (outcome === undefined || isProblem(target) || !Buffer.isBuffer(batch)) {
      answers[topicIndex]!.push(refusedAnswer(index, batch as ProduceProblem))
      continue
    }
    answers[topicIndex]!.push(appendedAnswer(index, await outcome, target.log, batch))
  }
  return conclude(request, context, answers)
}

function appendedAnswer(index: number, outcome: AppendOutcome, log: PartitionLog, batch: Buffer): PartitionAnswer {
  if (outcome.errorCode !== 'NONE') {
    return refusedAnswer(index, { errorCode: outcome.errorCode, logStartOffset: log.logStartOffset })
  }
  const { baseOffset, duplicate, logAppendTimeMs, logStartOffset } = outcome.appended[0]!
  return {
    index,
    errorCode: ErrorCode.NONE,
    baseOffset,
    logAppendTimeMs: duplicate ? logAppendTimeMs : appendTimeOf(batch),
    logStartOffset,
    recordErrors: [],
  }
}

/** -1 under CreateTime. */
function appendTimeOf(batch: Buffer): bigint {
  const isAppendTime = (batch.readInt16BE(batchLayout.attributes) & 0x08) !== 0
  return isAppendTime ? batch.readBigInt64BE(batchLayout.maxTimestamp) : -1n
}

function refused(errorCode: ErrorName): ProduceProblem {
  return { errorCode: errorCode === 'NONE' ? 'UNKNOWN_SERVER_ERROR' : errorCode, logStartOffset: -1n }
}

function refusedAnswer(index: number, problem: ProduceProblem): PartitionAnswer {
  return {
    index,
    errorCode: ErrorCode[problem.errorCode],
    baseOffset: -1n,
    logAppendTimeMs: -1n,
    logStartOffset: problem.logStartOffset,
    recordErrors: problem.recordErrors ?? [],
    errorMessage: problem.message ?? null,
  }
}

/** acks=0 has no answer: after an error the connection ends, so that the producer refreshes what it knows. */
function conclude(
  request: ProduceRequest,
  { apiVersion, clientId }: RequestContext,
  answers: readonly (readonly PartitionAnswer[])[],
): ProduceResponseInput | ConnectionEnd | undefined {
  if (request.acks === 0) {
    const failed = answers.flat().find(({ errorCode }) => errorCode !== ErrorCode.NONE)
    if (failed !== undefined) {
      return new ConnectionEnd(
        `a produce request with acks=0 of ${clientId ?? 'a client'} failed with code ${failed.errorCode}`,
      )
    }
    return undefined
  }
  const byId = apiVersion >= TOPIC_ID_VERSION
  return {
    responses: request.topicData.map((topic, i) => ({
      ...(byId ? { topicId: topic.topicId } : { name: topic.name }),
      partitionResponses: answers[i]!,
    })),
  }
}
