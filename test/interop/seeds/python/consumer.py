"""`consumer.py --group my-group --topic events` of the seed document: its basic consumer, with the arguments of its
scaling example, saying which partitions it has."""

import argparse

from confluent_kafka import Consumer

parser = argparse.ArgumentParser()
parser.add_argument('--server', default='localhost:9092')
parser.add_argument('--group', required=True)
parser.add_argument('--topic', required=True)
o = parser.parse_args()


def on_assign(consumer, partitions):
    print('Assigned: partitions', ', '.join(str(p.partition) for p in partitions), flush=True)


c = Consumer({
    'bootstrap.servers': o.server,
    'group.id': o.group,
    'auto.offset.reset': 'earliest',
    'enable.auto.commit': True,
})
c.subscribe([o.topic], on_assign=on_assign)

try:
    while True:
        msg = c.poll(1.0)
        if msg is None:
            continue
        if msg.error():
            print(f"Error: {msg.error()}")
            continue
        print(f"partition={msg.partition()} offset={msg.offset()} value={msg.value().decode()}", flush=True)
finally:
    c.close()
