from kafka import KafkaConsumer
import json
consumer = KafkaConsumer(
    "user-events",
    bootstrap_servers="kafka:9092",
    group_id="analytics-service",
    auto_offset_reset="latest",
    value_deserializer=lambda v: json.loads(v.decode("utf-8")),
)
for message in consumer:
    print(f"Partition {message.partition}, Offset {message.offset}")
    print(message.value)
