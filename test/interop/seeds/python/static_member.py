consumer = KafkaConsumer(
    "user-events",
    bootstrap_servers="kafka:9092",
    group_id="analytics-service",
    group_instance_id="consumer-node-1", # static identity
    session_timeout_ms=60000, # longer timeout for slow restarts
)
