. "$SUITES_LIBRARY"
pypi_source kafka-python-ng "${SUITE_VERSION:-2.2.3}" py==1.11.0 lz4 python-snappy zstandard crc32c
# Its fixture starts brokers, and forgets half of what tests want where it is told of one that runs. Kafka 4 has no CreateTopics v0.
edit test/fixtures.py "
i = s.index('KAFKA_URI')
s = s[:i] + s[i:].replace('            fixture = ExternalService(host, port)\n', '''            fixture = KafkaFixture(host, port, broker_id, zookeeper, zk_chroot, partitions=partitions, auto_create_topic=False)
            fixture.running, fixture.stop = True, lambda: None
            fixture._client = KafkaClient(bootstrap_servers='%s:%s' % (host, port))
''').replace('CreateTopicsRequest[0]([(topic_name, num_partitions,', 'CreateTopicsRequest[2]([(topic_name, num_partitions,')
s = s.replace('replication_factor, [], [])], timeout_ms)', 'replication_factor, [], [])], timeout_ms, False)')
"
# With ZOOKEEPER_URI it takes a running ZooKeeper for granted, and never calls it.
export KAFKA_URI=kafka://127.0.0.1:$KAFKA_PORT ZOOKEEPER_URI=zk://127.0.0.1:1 KAFKA_VERSION=2.6.0 PYTHONPATH=.
"$python" -m pytest -v -p no:cacheprovider --log-level=WARNING --tb=short -k 'not acl' \
  test/test_admin_integration.py test/test_consumer_integration.py test/test_consumer_group.py test/test_producer.py "$@"
