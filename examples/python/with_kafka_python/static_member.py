"""A static member keeps its partitions over a restart: give each instance a name of its own, and start it again before
its session ends. Nobody else notices."""

import argparse

from kafka import ConsumerRebalanceListener, KafkaConsumer

parser = argparse.ArgumentParser()
parser.add_argument('--server', default='127.0.0.1:9092')
parser.add_argument('--group', default='my-group')
parser.add_argument('--topic', default='events')
parser.add_argument('--instance', default='consumer-1', help='name of this instance, unique in the group')
o = parser.parse_args()


class Listener(ConsumerRebalanceListener):
    def on_partitions_assigned(self, assigned):
        print(o.instance, 'assigned:', sorted(p.partition for p in assigned), flush=True)

    def on_partitions_revoked(self, revoked):
        pass


consumer = KafkaConsumer(
    bootstrap_servers=o.server,
    group_id=o.group,
    auto_offset_reset='earliest',
    group_instance_id=o.instance,
    session_timeout_ms=60000,  # the time a restart may take
)
consumer.subscribe([o.topic], listener=Listener())
try:
    for message in consumer:
        print(f'partition={message.partition} offset={message.offset}', flush=True)
except KeyboardInterrupt:
    pass
finally:
    # Commits, but does not leave: the partitions wait for the next start.
    consumer.close()
