consumer = KafkaConsumer(
    "user-events",
    bootstrap_servers="kafka:9092",
    group_id="my-group",
    enable_auto_commit=False,
)
for message in consumer:
    process(message.value)
    # Commit only after processing succeeds
    consumer.commit()
