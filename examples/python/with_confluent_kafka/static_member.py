"""A static member keeps its partitions over a restart: give each instance a name of its own, and start it again before
its session ends. Nobody else notices."""

import argparse

from confluent_kafka import Consumer

parser = argparse.ArgumentParser()
parser.add_argument('--server', default='127.0.0.1:9092')
parser.add_argument('--group', default='my-group')
parser.add_argument('--topic', default='events')
parser.add_argument('--instance', default='consumer-1', help='name of this instance, unique in the group')
o = parser.parse_args()

consumer = Consumer({
    'bootstrap.servers': o.server,
    'group.id': o.group,
    'auto.offset.reset': 'earliest',
    'group.instance.id': o.instance,
    'session.timeout.ms': 60000,  # the time a restart may take
})
consumer.subscribe(
    [o.topic],
    on_assign=lambda _, assigned: print(o.instance, 'assigned:', sorted(p.partition for p in assigned), flush=True),
)
try:
    while True:
        message = consumer.poll(1.0)
        if message is not None and not message.error():
            print(f'partition={message.partition()} offset={message.offset()}', flush=True)
except KeyboardInterrupt:
    pass
finally:
    # Commits, but does not leave: the partitions wait for the next start.
    consumer.close()
