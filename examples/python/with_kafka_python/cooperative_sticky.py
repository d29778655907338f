"""Takes part in incremental rebalances: when members come or go, only partitions that move stop."""

import argparse

from kafka import ConsumerRebalanceListener, KafkaConsumer
from kafka.coordinator.assignors.cooperative_sticky import CooperativeStickyAssignor

parser = argparse.ArgumentParser()
parser.add_argument('--server', default='127.0.0.1:9092')
parser.add_argument('--group', default='my-group')
parser.add_argument('--topic', default='events')
o = parser.parse_args()


class Listener(ConsumerRebalanceListener):
    # With this assignor they name only the partitions that came or went.
    def on_partitions_assigned(self, assigned):
        print('came:', sorted(p.partition for p in assigned), flush=True)

    def on_partitions_revoked(self, revoked):
        print('went:', sorted(p.partition for p in revoked), flush=True)


consumer = KafkaConsumer(
    bootstrap_servers=o.server,
    group_id=o.group,
    auto_offset_reset='earliest',
    # The class, not its name as in Java or librdkafka.
    partition_assignment_strategy=[CooperativeStickyAssignor],
)
consumer.subscribe([o.topic], listener=Listener())
try:
    for message in consumer:
        print(f'partition={message.partition} offset={message.offset}', flush=True)
except KeyboardInterrupt:
    pass
finally:
    consumer.close()
