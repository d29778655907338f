import * as wire from '../../wire/index.ts'
import { type ServedApi, serve } from '../server/served-api.ts'
import { apiVersionsHandler } from './18-api-versions.ts'

// One line an API: request, response, the versions that Apache Kafka 4.2 advertises, handler (a file named by its API key).
// What stands here is what ApiVersions advertises and what dispatch accepts, so an API comes in when all its versions work.
//
//   serve(wire.metadataRequest, wire.metadataResponse, { min: 0, max: 13 }, metadata),
//
// Two people edit this file: data plane (0, 1, 2, 18, 21, 22, 23, 61) and control plane (all others), each in his block.

export const handlers: ReadonlyMap<number, ServedApi> = new Map([
  // Data plane.
  serve(
    wire.apiVersionsRequest,
    wire.apiVersionsResponse,
    { min: 0, max: 4 },
    apiVersionsHandler(() => handlers),
  ),
  // Control plane.
])
