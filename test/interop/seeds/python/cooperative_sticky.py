consumer = KafkaConsumer(
    "user-events",
    bootstrap_servers="kafka:9092",
    group_id="analytics-service",
    partition_assignment_strategy=["cooperative-sticky"],
)
