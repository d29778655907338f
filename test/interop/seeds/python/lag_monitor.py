from kafka import KafkaConsumer
from prometheus_client import Gauge, start_http_server

lag_gauge = Gauge(
    'kafka_consumer_lag',
    'Consumer lag per partition',
    ['topic', 'partition', 'consumer_group']
)

def monitor_lag(bootstrap_servers, topic, group_id):
    consumer = KafkaConsumer(
        bootstrap_servers=bootstrap_servers,
        group_id=group_id
    )
    
    while True:
        partitions = consumer.partitions_for_topic(topic)
        for partition in partitions:
            tp = TopicPartition(topic, partition)
            
            # Get end offset
            consumer.seek_to_end(tp)
            end_offset = consumer.position(tp)
            
            # Get committed offset
            committed = consumer.committed(tp)
            
            lag = end_offset - committed if committed else end_offset
            lag_gauge.labels(topic, partition, group_id).set(lag)
        
        time.sleep(10)
