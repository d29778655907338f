"""A small confluent-kafka (librdkafka) consumer and producer for the interop tests."""

from confluent_kafka import Consumer, KafkaError, KafkaException, Producer, TopicPartition

from events import emit, name, names, numbered, process, run, text


def consume(o, stop):
    def on_commit(error, _):
        # Nothing to commit is not a failure.
        if error is not None and error.code() != KafkaError._NO_OFFSET:
            emit('error', message=f'commit: {error}')

    config = {
        'bootstrap.servers': o['bootstrap'],
        'client.id': 'confluent-kafka',
        'group.id': o['groupId'],
        'enable.auto.commit': o['commit'] == 'auto',
        'auto.commit.interval.ms': o['autoCommitIntervalMs'],
        # An offset is stored after its record is processed, so that auto commit never runs ahead.
        'enable.auto.offset.store': False,
        'auto.offset.reset': o['offsetReset'],
        'max.poll.interval.ms': o['maxPollIntervalMs'],
        'fetch.wait.max.ms': 250,
        'on_commit': on_commit,
    }
    if o.get('protocol') == 'consumer':
        # Sessions, heartbeats and assignors are the broker's affair (KIP-848).
        config['group.protocol'] = 'consumer'
        if 'assignor' in o:
            config['group.remote.assignor'] = o['assignor']
    else:
        config['session.timeout.ms'] = o['sessionTimeoutMs']
        config['heartbeat.interval.ms'] = o['heartbeatIntervalMs']
        if 'assignor' in o:
            config['partition.assignment.strategy'] = o['assignor']
    if 'groupInstanceId' in o:
        config['group.instance.id'] = o['groupInstanceId']
    consumer = Consumer(config)
    pending = {}

    def commit():
        offsets = [TopicPartition(topic, partition, offset) for (topic, partition), offset in pending.items()]
        if not offsets:
            return
        try:
            consumer.commit(offsets=offsets, asynchronous=False)
        except KafkaException as error:
            emit('error', message=f'commit: {error}')
            return
        emit('committed', offsets={name(p.topic, p.partition): p.offset for p in offsets})
        pending.clear()

    def on_revoke(_, partitions):
        commit()
        emit('revoked', partitions=names(partitions))
        pending.clear()

    def on_lost(_, partitions):
        emit('lost', partitions=names(partitions))
        pending.clear()

    consumer.subscribe(
        ['^' + o['topicRegex']] if 'topicRegex' in o else o['topics'],
        on_assign=lambda _, partitions: emit('assigned', partitions=names(partitions)),
        on_revoke=on_revoke,
        on_lost=on_lost,
    )
    while not stop:
        message = consumer.poll(0.1)
        if message is None:
            commit()
            continue
        if message.error():
            emit('error', message=str(message.error()))
            continue
        emit('record', topic=message.topic(), partition=message.partition(), offset=message.offset(),
             key=text(message.key()), value=text(message.value()))
        process(o, text(message.value()))
        if o['commit'] == 'auto':
            try:
                consumer.store_offsets(message)
            except KafkaException as error:  # not ours any more
                emit('error', message=f'store offset: {error}')
        elif o['commit'] == 'manual':
            pending[message.topic(), message.partition()] = message.offset() + 1
            if message.offset() % 10 == 9:
                commit()
    commit()
    consumer.close()


def produce(o, stop):
    failures = []

    def on_delivery(error, message):
        if error is not None:
            failures.append(error)
            emit('error', message=f'record {text(message.value())}: {error}')
        else:
            emit('delivered', topic=message.topic(), partition=message.partition(), offset=message.offset(),
                 value=text(message.value()))

    producer = Producer({
        'bootstrap.servers': o['bootstrap'],
        'client.id': 'confluent-kafka',
        'compression.type': o['compression'],
        'enable.idempotence': o['idempotent'],
        'acks': o['acks'],
        'linger.ms': 5,
    })
    for partition, key, value in numbered(o, stop):
        producer.produce(o['topic'], partition=partition, key=key, value=value, on_delivery=on_delivery)
        producer.poll(o['intervalMs'] / 1000)
    producer.flush()
    if failures:
        raise KafkaException(failures[0])


if __name__ == '__main__':
    run(consume, produce)
