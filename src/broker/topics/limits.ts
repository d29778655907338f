/** New partitions that one request may ask for: Kafka's controller refuses more (QuorumController.MAX_RECORDS_PER_USER_OP). */
export const PARTITIONS_PER_REQUEST_MAX = 10_000
