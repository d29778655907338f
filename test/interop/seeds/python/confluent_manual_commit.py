c = Consumer({
    'bootstrap.servers': 'localhost:9092',
    'group.id': 'my-group',
    'enable.auto.commit': False,
})
c.subscribe(['events'])

while True:
    msg = c.poll(1.0)
    if msg is None:
        continue

    # Process the message
    process(msg)

    # Then commit
    c.commit(msg)
