import { ErrorCode, type InitProducerIdRequest, type InitProducerIdResponseInput } from '../../wire/index.ts'
import type { Handler } from '../handler.ts'

const NO_PRODUCER_ID = -1n
const NO_PRODUCER_EPOCH = -1

/**
 * InitProducerId: a fresh producer id for an idempotent producer; what it had before does not matter, as in Kafka. Transactions are not
 * served yet: INVALID_REQUEST is fatal to a transactional producer, which then fails at once instead of trying for ever.
 */
export const handleInitProducerId: Handler<InitProducerIdRequest, InitProducerIdResponseInput> = async (
  request,
  context,
  broker,
) => {
  const { transactionalId, producerId, producerEpoch } = request
  if (transactionalId !== null) {
    const { clientId, clientHost } = context
    broker.logger.warn(
      { transactionalId, clientId, clientHost },
      'Refused a transactional producer: this version of kohort has no transactions.',
    )
    return refused(ErrorCode.INVALID_REQUEST)
  }
  // Both or none (KIP-360).
  if ((producerId === NO_PRODUCER_ID) !== (producerEpoch === NO_PRODUCER_EPOCH)) {
    return refused(ErrorCode.INVALID_REQUEST)
  }
  const allocated = await broker.metadata.allocateProducerId()
  if (allocated.errorCode !== 'NONE') return refused(ErrorCode[allocated.errorCode])
  return { throttleTimeMs: 0, errorCode: ErrorCode.NONE, producerId: allocated.producerId, producerEpoch: 0 }
}

function refused(errorCode: number): InitProducerIdResponseInput {
  return { throttleTimeMs: 0, errorCode, producerId: NO_PRODUCER_ID, producerEpoch: NO_PRODUCER_EPOCH }
}
