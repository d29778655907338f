from kafka import KafkaConsumer
from kafka.consumer import ConsumerRebalanceListener
import json

class OrderProcessorListener(ConsumerRebalanceListener):
    def on_partitions_revoked(self, revoked):
        """Called before partitions are revoked"""
        print(f"Partitions revoked: {revoked}")
        # Commit final offsets
        self.commit_offsets()
    
    def on_partitions_assigned(self, assigned):
        """Called after partitions are assigned"""
        print(f"Partitions assigned: {assigned}")
        # Initialize processing state
        self.initialize_state(assigned)

consumer = KafkaConsumer(
    'orders',
    bootstrap_servers=['kafka1:9092', 'kafka2:9092'],
    group_id='order-processor',
    enable_auto_commit=False,
    auto_offset_reset='earliest',
    
    # Assignment strategy
    partition_assignment_strategy=['org.apache.kafka.clients.consumer.CooperativeStickyAssignor'],
    
    # Session and heartbeat timeouts
    session_timeout_ms=30000,
    heartbeat_interval_ms=10000,
    max_poll_interval_ms=300000
)

# Set rebalance listener
consumer.subscribe(['orders'], listener=OrderProcessorListener())

# Process messages
try:
    while True:
        records = consumer.poll(timeout_ms=1000)
        
        for tp, messages in records.items():
            for message in messages:
                process_message(message)
            
        # Commit offsets
        consumer.commit()
        
except KeyboardInterrupt:
    consumer.close()
