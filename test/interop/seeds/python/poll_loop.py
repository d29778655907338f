consumer = KafkaConsumer(
    "user-events",
    bootstrap_servers="kafka:9092",
    group_id="my-group",
    session_timeout_ms=30000, # consumer declared dead after 30s without heartbeat
    heartbeat_interval_ms=10000, # heartbeat every 10s
    max_poll_interval_ms=300000, # evicted if poll() not called within 5 minutes
    max_poll_records=500, # records returned per poll call
)
while True:
    records = consumer.poll(timeout_ms=1000)
    for partition, messages in records.items():
        for msg in messages:
            process(msg)
    consumer.commit()
