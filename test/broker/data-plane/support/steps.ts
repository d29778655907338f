import * as wire from '../../../../src/wire/index.ts'
import { type BatchOptions, batchOf } from '../../../log/support/batches.ts'
import type { RawClient } from '../../../support/raw-client.ts'
import { type ProduceOptions, produceTo, shownProduce } from './requests.ts'
import type { ScenarioTarget } from './targets.ts'

/**
 * What is asked of kohort and of Apache Kafka alike. The outcomes of Apache Kafka are recorded in fixtures/ and hold for
 * both; each scenario uses topics of its own, so that they may run in any order.
 */
export interface Scenario {
  readonly name: string
  run(target: ScenarioTarget): Promise<unknown>
}

/** In the past, but young enough for every limit. */
export const TIMESTAMP = Math.floor(Date.now() / 1000) * 1000 - 60_000
export const MAGIC_AT = wire.batchLayout.magic

export function recent(values: readonly string[], options: BatchOptions = {}): Buffer {
  return batchOf(values, { timestamps: values.map((_, i) => TIMESTAMP + i), ...options })
}

/** A batch with some bytes changed and the checksum made right again. */
export function changed(batch: Buffer, change: (batch: Buffer) => void): Buffer {
  const copy = Buffer.from(batch)
  change(copy)
  wire.writeCrc(copy, 0)
  return copy
}

export async function produceAll(
  target: ScenarioTarget,
  topic: string,
  batches: Readonly<Record<string, Buffer | null>>,
  options: ProduceOptions = {},
): Promise<object> {
  const client = await target.connect()
  const outcomes: Record<string, object> = {}
  for (const [name, records] of Object.entries(batches)) {
    outcomes[name] = shownProduce(await produceTo(client, topic, 0, records, options))
  }
  client.close()
  return outcomes
}

/** What happened to the connection after bytes that may end it: the answer as hex, or that it ended. */
export async function fate(target: ScenarioTarget, bytes: Uint8Array): Promise<string> {
  const client = await target.connect()
  client.sendBytes(bytes)
  const frame = await client.nextFrame()
  client.close()
  return frame === undefined ? 'ended' : frame.toString('hex')
}

export function header(apiKey: number, apiVersion: number, rest: string): Buffer {
  const fields = Buffer.alloc(10)
  fields.writeInt16BE(apiKey, 0)
  fields.writeInt16BE(apiVersion, 2)
  fields.writeInt32BE(7, 4)
  fields.writeInt16BE(-1, 8)
  const body = Buffer.concat([fields, Buffer.from(rest, 'hex')])
  const size = Buffer.alloc(4)
  size.writeInt32BE(body.length)
  return Buffer.concat([size, body])
}

export function withoutTimes(outcome: object): unknown {
  return JSON.parse(JSON.stringify(outcome).replaceAll(/\d{13,}/g, 'TIME'))
}

/** Asks again while Kafka's broker gets its first block of ids. */
export async function initProducerId(
  client: RawClient,
  version: number,
  had: { readonly producerId?: bigint; readonly producerEpoch?: number } = {},
): Promise<wire.InitProducerIdResponse> {
  for (;;) {
    const body = { transactionalId: null, transactionTimeoutMs: 60_000, ...had }
    const answer = await client.call(wire.initProducerIdRequest, wire.initProducerIdResponse, version, body)
    if (wire.errorName(answer.errorCode) !== 'COORDINATOR_LOAD_IN_PROGRESS') return answer
  }
}

export async function listAll(
  client: RawClient,
  topic: string,
  asks: Readonly<Record<string, bigint>>,
  options: { readonly version?: number; readonly isolationLevel?: number; readonly currentLeaderEpoch?: number } = {},
): Promise<object> {
  const { version = 11, isolationLevel = 0, currentLeaderEpoch = -1 } = options
  const outcomes: Record<string, object> = {}
  for (const [name, timestamp] of Object.entries(asks)) {
    const { topics } = await client.call(wire.listOffsetsRequest, wire.listOffsetsResponse, version, {
      replicaId: -1,
      ...(version >= 2 ? { isolationLevel } : {}),
      topics: [
        {
          name: topic,
          partitions: [{ partitionIndex: 0, timestamp, ...(version >= 4 ? { currentLeaderEpoch } : {}) }],
        },
      ],
    })
    const { errorCode, offset, timestamp: found, leaderEpoch } = topics[0]!.partitions[0]!
    outcomes[name] = {
      errorCode: wire.errorName(errorCode),
      offset: Number(offset),
      afterFirst: found === -1n ? null : Number(found) - TIMESTAMP,
      leaderEpoch,
    }
  }
  return outcomes
}

export const everyTimestamp = {
  latest: -1n,
  earliest: -2n,
  max: -3n,
  earliestLocal: -4n,
  latestTiered: -5n,
  earliestPendingUpload: -6n,
  unknownSpecial: -7n,
}
