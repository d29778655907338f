"""Keeps state for each partition: sets it up when a partition comes, saves it and commits before the partition goes,
and drops it when the partition was lost, for then another member may have it already."""

import argparse

from confluent_kafka import Consumer, TopicPartition

parser = argparse.ArgumentParser()
parser.add_argument('--server', default='127.0.0.1:9092')
parser.add_argument('--group', default='my-group')
parser.add_argument('--topic', default='events')
o = parser.parse_args()

seen = {}  # partition -> records since it came
positions = {}  # partition -> offset to commit


# All three are called from within poll() and close(), so that no lock is needed.
def on_assign(consumer, assigned):
    for p in assigned:
        seen[p.partition] = 0
        print(f'partition {p.partition} assigned', flush=True)


def on_revoke(consumer, revoked):
    commit(consumer)
    for p in revoked:
        print(f'partition {p.partition} revoked after {seen.pop(p.partition)} records', flush=True)


def on_lost(consumer, lost):
    for p in lost:
        positions.pop(p.partition, None)
        seen.pop(p.partition)
        print(f'partition {p.partition} lost', flush=True)


def commit(consumer):
    if positions:
        offsets = [TopicPartition(o.topic, partition, offset) for partition, offset in positions.items()]
        consumer.commit(offsets=offsets, asynchronous=False)
        positions.clear()


consumer = Consumer({
    'bootstrap.servers': o.server,
    'group.id': o.group,
    'auto.offset.reset': 'earliest',
    'enable.auto.commit': False,
})
consumer.subscribe([o.topic], on_assign=on_assign, on_revoke=on_revoke, on_lost=on_lost)
try:
    while True:
        message = consumer.poll(1.0)
        if message is None:
            commit(consumer)
        elif not message.error():
            seen[message.partition()] += 1
            positions[message.partition()] = message.offset() + 1
except KeyboardInterrupt:
    pass
finally:
    consumer.close()
