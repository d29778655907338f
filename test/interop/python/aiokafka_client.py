"""A small aiokafka consumer and producer for the interop tests."""

import asyncio
import logging

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRebalanceListener
from aiokafka.coordinator.assignors.range import RangePartitionAssignor
from aiokafka.coordinator.assignors.roundrobin import RoundRobinPartitionAssignor
from aiokafka.coordinator.assignors.sticky.sticky_assignor import StickyPartitionAssignor
from aiokafka.errors import KafkaError

from events import emit, name, names, numbered, process, run, text

ASSIGNORS = {
    'range': RangePartitionAssignor,
    'roundrobin': RoundRobinPartitionAssignor,
    'sticky': StickyPartitionAssignor,
}


class Member(ConsumerRebalanceListener):
    """A consumer whose rebalances wait for the batch in hand and its commit: both run on one event loop."""

    def __init__(self, o):
        self._o = o
        self._busy = asyncio.Lock()
        self._pending = {}
        chosen = {'partition_assignment_strategy': (ASSIGNORS[o['assignor']],)} if 'assignor' in o else {}
        self._consumer = AIOKafkaConsumer(
            bootstrap_servers=o['bootstrap'],
            client_id='aiokafka',
            group_id=o['groupId'],
            group_instance_id=o.get('groupInstanceId'),
            enable_auto_commit=o['commit'] == 'auto',
            auto_commit_interval_ms=o['autoCommitIntervalMs'],
            auto_offset_reset=o['offsetReset'],
            session_timeout_ms=o['sessionTimeoutMs'],
            heartbeat_interval_ms=o['heartbeatIntervalMs'],
            max_poll_interval_ms=o['maxPollIntervalMs'],
            fetch_max_wait_ms=250,
            retry_backoff_ms=100,
            **chosen,
        )

    async def on_partitions_assigned(self, assigned):
        emit('assigned', partitions=names(assigned))

    # At the first join with nothing.
    async def on_partitions_revoked(self, revoked):
        async with self._busy:
            await self._commit()
            if revoked:
                emit('revoked', partitions=names(revoked))

    async def run(self, stop):
        self._consumer.subscribe(self._o['topics'], listener=self)
        await self._consumer.start()
        while not stop:
            batches = await self._consumer.getmany(timeout_ms=200, max_records=100)
            async with self._busy:
                for partition, records in batches.items():
                    # What a rebalance took while this waited is another member's.
                    if partition in self._consumer.assignment():
                        await self._process(partition, records)
                await self._commit()
        await self._consumer.stop()

    async def _process(self, partition, records):
        for record in records:
            emit('record', topic=record.topic, partition=record.partition, offset=record.offset,
                 key=text(record.key), value=text(record.value))
            # In a thread: heartbeats are sent from the event loop.
            await asyncio.to_thread(process, self._o, text(record.value))
        self._pending[partition] = records[-1].offset + 1

    async def _commit(self):
        if self._o['commit'] == 'manual' and self._pending:
            try:
                await self._consumer.commit(self._pending)
                emit('committed', offsets={name(*partition): at for partition, at in self._pending.items()})
            except KafkaError as error:
                emit('error', message=f'commit: {error!r}')
        self._pending = {}


def consume(o, stop):
    async def main():
        await Member(o).run(stop)

    asyncio.run(main())


def produce(o, stop):
    async def send(producer, partition, key, value):
        metadata = await producer.send_and_wait(o['topic'], partition=partition, key=key.encode(), value=value.encode())
        emit('delivered', topic=metadata.topic, partition=metadata.partition, offset=metadata.offset, value=value)

    async def main():
        producer = AIOKafkaProducer(
            bootstrap_servers=o['bootstrap'],
            client_id='aiokafka',
            compression_type=None if o['compression'] == 'none' else o['compression'],
            enable_idempotence=o['idempotent'],
            acks='all' if o['acks'] == 'all' else int(o['acks']),
            request_timeout_ms=120_000,
            linger_ms=5,
        )
        await producer.start()
        sending = []
        for partition, key, value in numbered(o, stop):
            sending.append(asyncio.ensure_future(send(producer, partition, key, value)))
            await asyncio.sleep(o['intervalMs'] / 1000)
        try:
            await asyncio.gather(*sending)
        finally:
            await producer.stop()

    asyncio.run(main())


if __name__ == '__main__':
    logging.basicConfig(level=logging.WARNING)
    run(consume, produce)
