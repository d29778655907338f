"""Commits only after the record was processed: after a crash it is read again, never skipped (at least once)."""

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
    'enable.auto.commit': False,
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
        print(f'processed partition={message.partition()} offset={message.offset()} value={message.value().decode()}')
        # Waits for the broker. Commit every hundred records or every second where that costs too much.
        consumer.commit(message, asynchronous=False)
        print(f'committed partition={message.partition()} offset={message.offset() + 1}', flush=True)
except KeyboardInterrupt:
    pass
finally:
    consumer.close()
