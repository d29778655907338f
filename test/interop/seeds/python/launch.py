"""Runs one program of the seed documents as printed, but for the server's name and the helpers it leaves undefined.

    launch.py SERVER FILE [--edit OLD NEW]... [--then read|monitor ARGUMENTS]

--edit replaces a line that cannot work with any release of the library; seeds.test.ts says why, and that the program
as printed fails in the client whatever the broker is. --then goes on where the document only shows a constructor.
"""

import argparse
import builtins
import sys
import time

import confluent_kafka
import kafka
from kafka.coordinator.assignors.cooperative_sticky import CooperativeStickyAssignor

SERVER_NAMES = ("'kafka1:9092', 'kafka2:9092'", '"kafka:9092"', "'localhost:9092'")

parser = argparse.ArgumentParser()
parser.add_argument('server')
parser.add_argument('file')
parser.add_argument('--edit', nargs=2, action='append', default=[], metavar=('OLD', 'NEW'))
parser.add_argument('--then', nargs='+', default=[])
o = parser.parse_args()
sys.stdout.reconfigure(line_buffering=True)


def process(message):
    value = message if isinstance(message, bytes) else message.value
    print('processed', (value() if callable(value) else value).decode())


# What the documents use without defining or importing it.
for helper in (process, kafka.KafkaConsumer, kafka.TopicPartition, confluent_kafka.Consumer, CooperativeStickyAssignor):
    setattr(builtins, helper.__name__, helper)
builtins.time = time
builtins.process_message = process
# kafka-python calls a listener on its event loop, where it cannot wait for the answer of a commit.
kafka.ConsumerRebalanceListener.commit_offsets = lambda self: names['consumer'].commit_async()
kafka.ConsumerRebalanceListener.initialize_state = lambda self, assigned: print('initialized', len(assigned))

with open(o.file) as file:
    source = file.read()
for name in SERVER_NAMES:
    source = source.replace(name, repr(o.server))
for old, new in o.edit:
    assert source.count(old) == 1, old
    source = source.replace(old, new)
names = {'__name__': '__main__'}
exec(compile(source, o.file, 'exec'), names)

match o.then:
    case ['read'] if 'consumer' in names:
        for message in names['consumer']:
            process(message)
    case ['read', topic]:
        names['c'].subscribe([topic])
        while True:
            message = names['c'].poll(1.0)
            if message is not None and not message.error():
                process(message)
    case ['monitor', port, topic, group]:
        names['start_http_server'](int(port), addr='127.0.0.1')
        names['monitor_lag'](o.server, topic, group)
