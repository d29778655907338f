"""Reads a topic as a member of a group; librdkafka commits every five seconds and at close."""

import argparse

from confluent_kafka import Consumer

parser = argparse.ArgumentParser()
parser.add_argument('--server', default='127.0.0.1:9092')
parser.add_argument('--group', default='my-group')
parser.add_argument('--topic', default='events')
o = parser.parse_args()

consumer = Consumer({
    'bootstrap.servers': o.server,
    'group.id': o.group,
    'auto.offset.reset': 'earliest',
})
consumer.subscribe([o.topic])
try:
    while True:
        message = consumer.poll(1.0)
        if message is None:
            continue
        if message.error():
            print('error:', message.error(), flush=True)
            continue
        print(f'partition={message.partition()} offset={message.offset()} value={message.value().decode()}', flush=True)
except KeyboardInterrupt:
    pass
finally:
    # Commits, leaves the group and closes the connections.
    consumer.close()
