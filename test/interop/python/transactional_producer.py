"""A transactional producer (librdkafka) that does what it is told: a line a command, answered with `done`.

`begin`, `flush`, `commit`, `abort`, `send TOPIC PARTITION VALUE...`; a value `KEY=VALUE` has a key.
`offsets GROUP TOPIC-PARTITION OFFSET` commits one as part of the transaction (KIP-447).
"""

import json
import sys

from confluent_kafka import Consumer, Producer, TopicPartition

from events import emit


def group_metadata(options, group_id):
    """Of no member: enough for a commit to a group without members."""
    consumer = Consumer({'bootstrap.servers': options['bootstrap'], 'group.id': group_id})
    metadata = consumer.consumer_group_metadata()
    consumer.close()
    return metadata


def main():
    options = json.loads(sys.argv[1])
    producer = Producer({
        'bootstrap.servers': options['bootstrap'],
        'transactional.id': options['transactionalId'],
        'compression.type': options.get('compression', 'none'),
        'linger.ms': 5,
    })
    producer.init_transactions(60)
    emit('done')
    for line in sys.stdin:
        do, *words = line.split()
        if do == 'begin':
            producer.begin_transaction()
        elif do == 'send':
            topic, partition, *values = words
            for value in values:
                key, _, rest = value.rpartition('=')
                producer.produce(topic, partition=int(partition), key=key or None, value=rest)
        elif do == 'flush':
            producer.flush()
        elif do == 'offsets':
            group_id, name, offset = words
            topic, partition = name.rsplit('-', 1)
            offsets = [TopicPartition(topic, int(partition), int(offset))]
            producer.send_offsets_to_transaction(offsets, group_metadata(options, group_id), 30)
        elif do == 'commit':
            producer.commit_transaction(60)
        elif do == 'abort':
            producer.abort_transaction(60)
        else:
            raise ValueError(do)
        emit('done')


if __name__ == '__main__':
    main()
