"""A small kafka-python consumer and producer for the interop tests."""

import logging
import time

from kafka import ConsumerRebalanceListener, KafkaConsumer, KafkaProducer, OffsetAndMetadata
from kafka.coordinator.assignors.cooperative_sticky import CooperativeStickyAssignor
from kafka.coordinator.assignors.range import RangePartitionAssignor
from kafka.coordinator.assignors.roundrobin import RoundRobinPartitionAssignor
from kafka.coordinator.assignors.sticky.sticky_assignor import StickyPartitionAssignor
from kafka.errors import KafkaError

from events import emit, name, names, numbered, process, run, text

ASSIGNORS = {
    'range': RangePartitionAssignor,
    'roundrobin': RoundRobinPartitionAssignor,
    'sticky': StickyPartitionAssignor,
    'cooperative-sticky': CooperativeStickyAssignor,
}


class Listener(ConsumerRebalanceListener):
    def on_partitions_assigned(self, assigned):
        emit('assigned', partitions=names(assigned))

    # Called within poll(), when all that was processed is committed; at the first join with nothing.
    def on_partitions_revoked(self, revoked):
        if revoked:
            emit('revoked', partitions=names(revoked))

    def on_partitions_lost(self, lost):
        emit('lost', partitions=names(lost))


def consume(o, stop):
    def on_commit(_, response):
        if isinstance(response, Exception):
            emit('error', message=f'commit: {response!r}')

    chosen = {'partition_assignment_strategy': (ASSIGNORS[o['assignor']],)} if 'assignor' in o else {}
    consumer = KafkaConsumer(
        bootstrap_servers=o['bootstrap'],
        client_id='kafka-python',
        group_id=o['groupId'],
        group_instance_id=o.get('groupInstanceId'),
        enable_auto_commit=o['commit'] == 'auto',
        auto_commit_interval_ms=o['autoCommitIntervalMs'],
        default_offset_commit_callback=on_commit,
        auto_offset_reset=o['offsetReset'],
        session_timeout_ms=o['sessionTimeoutMs'],
        heartbeat_interval_ms=o['heartbeatIntervalMs'],
        max_poll_interval_ms=o['maxPollIntervalMs'],
        fetch_max_wait_ms=250,
        **chosen,
    )
    consumer.subscribe(o['topics'], listener=Listener())
    pending = {}
    while not stop:
        # A shorter timeout may end within a join, and kafka-python 3.0 then joins anew although the first join succeeds.
        for partition, records in consumer.poll(timeout_ms=1000, max_records=100).items():
            for record in records:
                emit('record', topic=record.topic, partition=record.partition, offset=record.offset,
                     key=text(record.key), value=text(record.value))
                process(o, text(record.value))
            pending[partition] = OffsetAndMetadata(records[-1].offset + 1, '', -1)
        if o['commit'] == 'manual' and pending:
            try:
                consumer.commit(pending)
                emit('committed', offsets={name(*partition): at.offset for partition, at in pending.items()})
            except KafkaError as error:
                emit('error', message=f'commit: {error!r}')
            pending = {}
    consumer.close()


def produce(o, stop):
    failures = []
    producer = KafkaProducer(
        bootstrap_servers=o['bootstrap'],
        client_id='kafka-python',
        compression_type=None if o['compression'] == 'none' else o['compression'],
        enable_idempotence=o['idempotent'],
        acks='all' if o['acks'] == 'all' else int(o['acks']),
        linger_ms=5,
    )

    def on_delivered(sent, metadata):
        emit('delivered', topic=metadata.topic, partition=metadata.partition, offset=metadata.offset, value=sent)

    def on_failed(sent, error):
        failures.append(error)
        emit('error', message=f'record {sent}: {error!r}')

    for partition, key, value in numbered(o, stop):
        future = producer.send(o['topic'], partition=partition, key=key.encode(), value=value.encode())
        future.add_callback(on_delivered, value)
        future.add_errback(on_failed, value)
        time.sleep(o['intervalMs'] / 1000)
    producer.flush()
    producer.close()
    if failures:
        raise failures[0]


if __name__ == '__main__':
    logging.basicConfig(level=logging.WARNING)
    run(consume, produce)
