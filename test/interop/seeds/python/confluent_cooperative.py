c = Consumer({
    'bootstrap.servers': 'localhost:9092',
    'group.id': 'my-group',
    # Cooperative rebalancing (recommended for reduced downtime)
    'partition.assignment.strategy': 'cooperative-sticky'
})
