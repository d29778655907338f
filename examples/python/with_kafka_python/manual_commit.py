"""Commits only after the records were processed: after a crash they are read again, never skipped (at least once)."""

import argparse

from kafka import KafkaConsumer
from kafka.errors import CommitFailedError, RebalanceInProgressError

parser = argparse.ArgumentParser()
parser.add_argument('--server', default='127.0.0.1:9092')
parser.add_argument('--group', default='my-group')
parser.add_argument('--topic', default='events')
o = parser.parse_args()

consumer = KafkaConsumer(
    o.topic,
    bootstrap_servers=o.server,
    group_id=o.group,
    auto_offset_reset='earliest',
    enable_auto_commit=False,
)
try:
    while True:
        batches = consumer.poll(timeout_ms=1000)
        for messages in batches.values():
            for m in messages:
                print(f'processed partition={m.partition} offset={m.offset} value={m.value.decode()}')
        if batches:
            try:
                consumer.commit()
                print(f'committed {sum(map(len, batches.values()))} records', flush=True)
            except (CommitFailedError, RebalanceInProgressError) as error:
                # The group is moving partitions. Who gets them reads these records again.
                print('commit failed:', error, flush=True)
except KeyboardInterrupt:
    pass
finally:
    consumer.close()
