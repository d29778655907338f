c = Consumer({
    'bootstrap.servers': 'localhost:9092',
    'group.id': 'my-group',
    'enable.auto.commit': True,  # default
    'auto.commit.interval.ms': 5000,  # default
})
