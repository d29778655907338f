"""A transactional producer (librdkafka) that does what it is told: a JSON command a line, answered with `done`.

`{"do": "begin" | "flush" | "commit" | "abort"}`, `{"do": "send", "topic", "partition", "values": [...]}`,
`{"do": "offsets", "groupId", "offsets": {"TOPIC-PARTITION": 5}}` (as part of the transaction, KIP-447).
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
        command = json.loads(line)
        do = command['do']
        if do == 'begin':
            producer.begin_transaction()
        elif do == 'send':
            for value in command['values']:
                producer.produce(command['topic'], partition=command['partition'], value=value)
        elif do == 'flush':
            producer.flush()
        elif do == 'offsets':
            split = [(name.rsplit('-', 1), offset) for name, offset in command['offsets'].items()]
            offsets = [TopicPartition(topic, int(partition), offset) for (topic, partition), offset in split]
            producer.send_offsets_to_transaction(offsets, group_metadata(options, command['groupId']), 30)
        elif do == 'commit':
            producer.commit_transaction(60)
        elif do == 'abort':
            producer.abort_transaction(60)
        else:
            raise ValueError(do)
        emit('done')


if __name__ == '__main__':
    main()
