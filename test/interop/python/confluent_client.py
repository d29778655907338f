"""A small confluent-kafka (librdkafka) consumer and producer for the interop tests; see events.py and ../README.md."""

import time

from confluent_kafka import Consumer, KafkaError, KafkaException, Producer, TopicPartition

from events import emit, name, names, run, text, value


def consume(o, stop):
    def on_commit(error, partitions):
        if error is not None:
            # Nothing to commit is not a failure.
            if error.code() != KafkaError._NO_OFFSET:
                emit('error', message=f'commit: {error}')
            return
        offsets = {name(p.topic, p.partition): p.offset for p in partitions if p.error is None and p.offset >= 0}
        for p in partitions:
            if p.error is not None:
                emit('error', message=f'commit {name(p.topic, p.partition)}: {p.error}')
        if offsets:
            emit('committed', offsets=offsets)

    config = {
        'bootstrap.servers': o['bootstrap'],
        'client.id': o['clientId'],
        'group.id': o['group'],
        'partition.assignment.strategy': o['assignor'],
        'enable.auto.commit': o['autoCommit'],
        'auto.commit.interval.ms': o['autoCommitIntervalMs'],
        # An offset is stored after its record is processed, so that auto commit never runs ahead.
        'enable.auto.offset.store': False,
        'auto.offset.reset': o['offsetReset'],
        'session.timeout.ms': o['sessionTimeoutMs'],
        'heartbeat.interval.ms': o['heartbeatIntervalMs'],
        'max.poll.interval.ms': o['maxPollIntervalMs'],
        'fetch.wait.max.ms': 250,
        'on_commit': on_commit,
    }
    if o['instanceId'] is not None:
        config['group.instance.id'] = o['instanceId']
    consumer = Consumer(config)
    consumer.subscribe(
        o['topics'],
        on_assign=lambda _, partitions: emit('assigned', partitions=names(partitions)),
        on_revoke=lambda _, partitions: emit('revoked', partitions=names(partitions)),
        on_lost=lambda _, partitions: emit('lost', partitions=names(partitions)),
    )
    seen = 0
    while not stop and (o['maxRecords'] == 0 or seen < o['maxRecords']):
        message = consumer.poll(0.1)
        if message is None:
            continue
        if message.error():
            emit('error', message=str(message.error()))
            continue
        emit('record', topic=message.topic(), partition=message.partition(), offset=message.offset(),
             key=text(message.key()), value=text(message.value()))
        seen += 1
        time.sleep(o['processingDelayMs'] / 1000)
        following = TopicPartition(message.topic(), message.partition(), message.offset() + 1)
        try:
            if o['autoCommit']:
                consumer.store_offsets(offsets=[following])
            else:
                consumer.commit(offsets=[following], asynchronous=False)
                emit('committed', offsets={name(following.topic, following.partition): following.offset})
        except KafkaException as error:
            emit('error', message=f'commit: {error}')
    consumer.close()


def produce(o, stop):
    failures = []

    def on_delivery(error, message):
        if error is not None:
            failures.append(error)
            emit('error', message=f'record {text(message.value())}: {error}')
        else:
            emit('acked', topic=message.topic(), partition=message.partition(), offset=message.offset(),
                 value=text(message.value()))

    producer = Producer({
        'bootstrap.servers': o['bootstrap'],
        'client.id': o['clientId'],
        'compression.type': o['compression'],
        'enable.idempotence': o['idempotent'],
        'acks': o['acks'],
        'linger.ms': 5,
    })
    for i in range(o['first'], o['first'] + o['count']):
        if stop:
            break
        target = {'partition': i % o['partitions']} if o['partitions'] else {}
        key = f'k{i % o["keys"]}' if o['keys'] else None
        producer.produce(o['topic'], value=value(i, o['valueBytes']), key=key, on_delivery=on_delivery, **target)
        producer.poll(o['delayMs'] / 1000)
    producer.flush()
    if failures:
        raise KafkaException(failures[0])


if __name__ == '__main__':
    run(consume, produce, 'confluent-kafka')
