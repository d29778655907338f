"""Reads a topic as a member of a group; the client commits every five seconds and at close."""

import argparse

from kafka import KafkaConsumer

parser = argparse.ArgumentParser()
parser.add_argument('--server', default='127.0.0.1:9092')
parser.add_argument('--group', default='my-group')
parser.add_argument('--topic', default='events')
o = parser.parse_args()

consumer = KafkaConsumer(o.topic, bootstrap_servers=o.server, group_id=o.group, auto_offset_reset='earliest')
try:
    for message in consumer:
        print(f'partition={message.partition} offset={message.offset} value={message.value.decode()}', flush=True)
except KeyboardInterrupt:
    pass
finally:
    # Commits, leaves the group and closes the connections.
    consumer.close()
