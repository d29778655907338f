consumer = KafkaConsumer(
    "user-events",
    bootstrap_servers="kafka:9092",
    group_id="my-group",
    enable_auto_commit=True,
    auto_commit_interval_ms=5000, # commit every 5 seconds
)
