import type { BrokerMetrics } from '../../broker/index.ts'
import { byKey, counter, type Family, gauge, histogram } from './family.ts'
import { groupFamilies } from './group-families.ts'
import { logFamilies } from './log-families.ts'

/** Everything that a broker counts. docs/metrics.md explains each; a test compares. */
export function brokerFamilies(metrics: BrokerMetrics): Family[] {
  return [
    ...requestFamilies(metrics),
    ...networkFamilies(metrics),
    ...fetchFamilies(metrics),
    ...logFamilies(metrics.logs),
    ...groupFamilies(metrics),
  ]
}

function requestFamilies({ apis }: BrokerMetrics): Family[] {
  return [
    counter(
      'kohort_requests_total',
      'Requests that could be decoded, by API and version.',
      apis.flatMap(({ api, requestsByVersion }) =>
        Array.from(requestsByVersion, ([version, value]) => ({ labels: { api, version }, value })),
      ),
    ),
    counter(
      'kohort_response_errors_total',
      'Error codes in answers, by API; one answer may have many, one for each partition or member.',
      apis.flatMap(({ api, errors }) => Array.from(errors, ([error, value]) => ({ labels: { api, error }, value }))),
    ),
    histogram(
      'kohort_request_duration_seconds',
      'From the arrival of a request to the moment its answer leaves, long polls included, by API.',
      apis.map(({ api, durations }) => ({ labels: { api }, durations })),
    ),
    counter(
      'kohort_request_bytes_total',
      'Bytes of requests, by API.',
      apis.map(({ api, requestBytes }) => ({ labels: { api }, value: requestBytes })),
    ),
    counter(
      'kohort_response_bytes_total',
      'Bytes of answers, by API.',
      apis.map(({ api, responseBytes }) => ({ labels: { api }, value: responseBytes })),
    ),
  ]
}

function networkFamilies({ net }: BrokerMetrics): Family[] {
  return [
    gauge('kohort_connections', 'Connections of clients that are open.', net.openConnections),
    counter('kohort_connections_accepted_total', 'Connections taken.', net.acceptedConnections),
    counter(
      'kohort_connections_refused_total',
      'Connections closed at once, by the limit that was reached.',
      byKey('reason', ['max-connections', 'max-connections-per-ip', 'stop'], net.refusedConnections),
    ),
    counter(
      'kohort_connections_closed_total',
      'Connections that ended, by why.',
      byKey('reason', ['client', 'broken', 'refused-request', 'idle', 'memory', 'stop'], net.closedConnections),
    ),
    gauge(
      'kohort_request_memory_bytes',
      'Bytes of requests in memory, half received ones included.',
      net.requestBytesHeld,
    ),
    gauge(
      'kohort_request_memory_limit_bytes',
      'Where no connection is read any more until requests are answered.',
      net.requestBytesMax,
    ),
    gauge('kohort_response_memory_bytes', 'Bytes of answers that clients have not taken yet.', net.responseBytesHeld),
    gauge(
      'kohort_response_memory_limit_bytes',
      'Where connections that owe us reading are not read any more.',
      net.responseBytesMax,
    ),
  ]
}

function fetchFamilies({ fetch }: BrokerMetrics): Family[] {
  return [
    gauge('kohort_fetches_waiting', 'Fetch requests that wait for records.', fetch.waiting),
    gauge('kohort_fetch_sessions', 'Incremental fetch sessions (KIP-227).', fetch.sessions),
    gauge('kohort_fetch_session_partitions', 'Partitions in all fetch sessions.', fetch.sessionPartitions),
  ]
}
