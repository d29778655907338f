"""Keeps state for each partition: sets it up when a partition comes, saves it before the partition goes, and drops it
when the partition was lost, for then another member may have it already."""

import argparse

from kafka import ConsumerRebalanceListener, KafkaConsumer
from kafka.errors import CommitFailedError, RebalanceInProgressError

parser = argparse.ArgumentParser()
parser.add_argument('--server', default='127.0.0.1:9092')
parser.add_argument('--group', default='my-group')
parser.add_argument('--topic', default='events')
o = parser.parse_args()

seen = {}  # partition -> records since it came


class Listener(ConsumerRebalanceListener):
    # kafka-python calls these on its event loop while poll() waits. They must not wait for the broker themselves, so
    # the loop below commits after each poll; see AsyncConsumerRebalanceListener for work that takes longer.
    def on_partitions_assigned(self, assigned):
        for p in assigned:
            seen[p.partition] = 0
            print(f'partition {p.partition} assigned', flush=True)

    def on_partitions_revoked(self, revoked):
        for p in revoked:
            print(f'partition {p.partition} revoked after {seen.pop(p.partition)} records', flush=True)

    def on_partitions_lost(self, lost):
        for p in lost:
            seen.pop(p.partition)
            print(f'partition {p.partition} lost', flush=True)


consumer = KafkaConsumer(
    bootstrap_servers=o.server,
    group_id=o.group,
    auto_offset_reset='earliest',
    enable_auto_commit=False,
)
consumer.subscribe([o.topic], listener=Listener())
try:
    while True:
        batches = consumer.poll(timeout_ms=1000)
        for partition, messages in batches.items():
            seen[partition.partition] += len(messages)
        if batches:
            try:
                consumer.commit()
            except (CommitFailedError, RebalanceInProgressError) as error:
                print('commit failed:', error, flush=True)
except KeyboardInterrupt:
    pass
finally:
    consumer.close()
