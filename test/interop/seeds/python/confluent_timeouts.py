c = Consumer({
    'bootstrap.servers': 'localhost:9092',
    'group.id': 'my-group',
    'session.timeout.ms': 45000,  # Max time without heartbeat
    'heartbeat.interval.ms': 3000,  # Heartbeat frequency
    'max.poll.interval.ms': 300000,  # Max time between poll() calls
})
