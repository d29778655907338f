"""Takes part in incremental rebalances: when members come or go, only partitions that move stop."""

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
    'partition.assignment.strategy': 'cooperative-sticky',
})
# With this strategy the callbacks name only the partitions that came or went.
consumer.subscribe(
    [o.topic],
    on_assign=lambda _, came: print('came:', sorted(p.partition for p in came), flush=True),
    on_revoke=lambda _, went: print('went:', sorted(p.partition for p in went), flush=True),
)
try:
    while True:
        message = consumer.poll(1.0)
        if message is not None and not message.error():
            print(f'partition={message.partition()} offset={message.offset()}', flush=True)
except KeyboardInterrupt:
    pass
finally:
    consumer.close()
