import * as wire from '../../wire/index.ts'
import { type ServedApi, serve } from '../server/served-api.ts'
import { produce } from './0-produce.ts'
import { fetch } from './1-fetch.ts'
import { listOffsets } from './2-list-offsets.ts'
import { apiVersionsHandler } from './18-api-versions.ts'
import { deleteRecords } from './21-delete-records.ts'
import { initProducerId } from './22-init-producer-id.ts'
import { offsetForLeaderEpoch } from './23-offset-for-leader-epoch.ts'
import { describeProducers } from './61-describe-producers.ts'

// One line an API: request, response, the versions that Apache Kafka 4.2 advertises, handler (a file named by its API key).
// What stands here is what ApiVersions advertises and what dispatch accepts, so an API comes in when all its versions work.
//
//   serve(wire.metadataRequest, wire.metadataResponse, { min: 0, max: 13 }, metadata),
//
// Two people edit this file: data plane (0, 1, 2, 18, 21, 22, 23, 61) and control plane (all others), each in his block.

export const handlers: ReadonlyMap<number, ServedApi> = new Map([
  // Data plane.
  serve(wire.produceRequest, wire.produceResponse, { min: 0, max: 13 }, produce),
  serve(wire.fetchRequest, wire.fetchResponse, { min: 4, max: 18 }, fetch),
  serve(wire.listOffsetsRequest, wire.listOffsetsResponse, { min: 1, max: 11 }, listOffsets),
  serve(
    wire.apiVersionsRequest,
    wire.apiVersionsResponse,
    { min: 0, max: 4 },
    apiVersionsHandler(() => handlers),
  ),
  serve(wire.deleteRecordsRequest, wire.deleteRecordsResponse, { min: 0, max: 2 }, deleteRecords),
  serve(wire.initProducerIdRequest, wire.initProducerIdResponse, { min: 0, max: 5 }, initProducerId),
  serve(wire.offsetForLeaderEpochRequest, wire.offsetForLeaderEpochResponse, { min: 2, max: 4 }, offsetForLeaderEpoch),
  serve(wire.describeProducersRequest, wire.describeProducersResponse, { min: 0, max: 0 }, describeProducers),
  // Control plane.
])
