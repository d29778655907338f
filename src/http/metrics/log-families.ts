import type { BrokerMetrics } from '../../broker/index.ts'
import { counter, type Family, gauge, histogram } from './family.ts'

type LogMetrics = BrokerMetrics['logs']
type DiskMetrics = NonNullable<LogMetrics['disk']>
type CleanerMetrics = NonNullable<LogMetrics['cleaner']>

export function logFamilies({ topics, disk, cleaner }: LogMetrics): Family[] {
  const byTopic = (value: (topic: LogMetrics['topics'][number]) => number) =>
    topics.map((metrics) => ({ labels: { topic: metrics.topic }, value: value(metrics) }))
  return [
    gauge(
      'kohort_topic_partitions',
      'Partitions of the topic.',
      byTopic(({ partitions }) => partitions),
    ),
    gauge(
      'kohort_topic_size_bytes',
      'Bytes of the segments of all partitions of the topic.',
      byTopic(({ sizeBytes }) => sizeBytes),
    ),
    gauge(
      'kohort_topic_segments',
      'Segments of all partitions of the topic.',
      byTopic(({ segments }) => segments),
    ),
    counter(
      'kohort_topic_appended_bytes_total',
      'Bytes of record batches appended to the topic, durable ones.',
      byTopic(({ appendedBytes }) => appendedBytes),
    ),
    counter(
      'kohort_topic_appended_records_total',
      'Records appended to the topic, durable ones.',
      byTopic(({ appendedRecords }) => appendedRecords),
    ),
    counter(
      'kohort_topic_fetched_bytes_total',
      'Bytes of record batches of the topic sent to consumers.',
      byTopic(({ fetchedBytes }) => fetchedBytes),
    ),
    ...(disk === undefined ? [] : [...walFamilies(disk), ...storageFamilies(disk)]),
    ...(cleaner === undefined ? [] : cleanerFamilies(cleaner)),
  ]
}

function walFamilies({ wal }: DiskMetrics): Family[] {
  return [
    gauge(
      'kohort_wal_used_bytes',
      'Bytes of the write-ahead log that no checkpoint covers: what a start after a crash would replay.',
      wal.usedBytes,
    ),
    gauge('kohort_wal_used_limit_bytes', 'Where appends wait for a checkpoint.', wal.usedBytesMax),
    gauge('kohort_wal_size_bytes', 'Bytes of the files of the write-ahead log.', wal.sizeBytes),
    gauge('kohort_wal_segments', 'Files of the write-ahead log.', wal.segments),
    counter('kohort_wal_written_bytes_total', 'Bytes written to the write-ahead log.', wal.writtenBytes),
    counter('kohort_wal_writes_total', 'Writes to the write-ahead log, each of all appends of the moment.', wal.groups),
    histogram('kohort_wal_flush_duration_seconds', 'Duration of fdatasync on the write-ahead log.', [
      { labels: {}, durations: wal.flushes },
    ]),
  ]
}

function storageFamilies({ checkpoints, ...disk }: DiskMetrics): Family[] {
  const { lastCompletedMs } = checkpoints
  return [
    gauge('kohort_tail_memory_bytes', 'Bytes of the newest batches, kept in memory for consumers.', disk.tailBytes),
    gauge('kohort_tail_memory_limit_bytes', 'Where the oldest of them leave memory.', disk.tailBytesMax),
    gauge('kohort_write_behind_bytes', 'Bytes of durable batches that are in no segment file yet.', disk.dirtyBytes),
    gauge('kohort_write_behind_limit_bytes', 'Where appends wait for segment files.', disk.dirtyBytesMax),
    histogram('kohort_checkpoint_duration_seconds', 'Duration of checkpoints.', [
      { labels: {}, durations: checkpoints.durations },
    ]),
    counter('kohort_checkpoints_failed_total', 'Checkpoints that could not be written.', checkpoints.failed),
    gauge(
      'kohort_checkpoint_timestamp_seconds',
      'When the last checkpoint of this process was complete; absent before the first.',
      lastCompletedMs === undefined ? [] : lastCompletedMs / 1000,
    ),
  ]
}

function cleanerFamilies({ lastCompletedMs, ...cleaner }: CleanerMetrics): Family[] {
  return [
    counter('kohort_cleaner_cleanings_total', 'Compactions of a partition that were completed.', cleaner.cleanings),
    counter('kohort_cleaner_read_bytes_total', 'Bytes that compactions have read.', cleaner.readBytes),
    counter('kohort_cleaner_written_bytes_total', 'Bytes that compactions have written.', cleaner.writtenBytes),
    counter('kohort_cleaner_dropped_records_total', 'Records that compactions have dropped.', cleaner.droppedRecords),
    counter('kohort_cleaner_failures_total', 'Compactions that an error has ended.', cleaner.failures),
    gauge(
      'kohort_cleaner_uncleanable_partitions',
      'Partitions that are not compacted until the next start, because something in them is damaged.',
      cleaner.uncleanable,
    ),
    gauge(
      'kohort_cleaner_dirty_bytes',
      'Bytes of closed segments of compacted topics that no compaction has read yet.',
      cleaner.dirtyBytes,
    ),
    gauge(
      'kohort_cleaner_timestamp_seconds',
      'When the last compaction was complete; absent before the first.',
      lastCompletedMs === undefined ? [] : lastCompletedMs / 1000,
    ),
  ]
}
