"""What the programs of this folder share: options from argv, events to stdout, and a clean close on SIGTERM.

test/interop/README.md has the contract, support/client.ts the options.
"""

import json
import signal
import sys
import threading
import time

_lock = threading.Lock()


def emit(event, **fields):
    """Prints one event as a JSON line."""
    with _lock:
        sys.stdout.write(json.dumps({'event': event, 'at': time.time_ns() // 1_000_000, **fields}) + '\n')
        sys.stdout.flush()


def name(topic, partition):
    return f'{topic}-{partition}'


def names(partitions):
    return [name(p.topic, p.partition) for p in partitions]


def text(data):
    return None if data is None else data.decode()


def numbered(o, stop):
    """Gives (partition, key, value) of each record to send, until there are enough or SIGTERM comes."""
    i = 0
    while not stop and (o['count'] == 0 or i < o['count']):
        yield i % o['partitions'], f'key-{i % 10}', f'{o["valuePrefix"]}{i}'
        i += 1


def process(o, value):
    """Takes as long as the options say for one record."""
    time.sleep(o['processingDelayMs'] / 1000)
    stall = o.get('stall')
    if stall and value == stall['value']:
        o['stall'] = None
        time.sleep(stall['forMs'] / 1000)


class Stop:
    """True once SIGTERM or SIGINT has arrived."""

    def __init__(self):
        self._set = False
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_signal)

    def _on_signal(self, *_):
        self._set = True

    def __bool__(self):
        return self._set


CONSUMER_OPTIONS = {
    'bootstrap', 'groupId', 'topics', 'assignor', 'groupInstanceId', 'commit', 'autoCommitIntervalMs', 'offsetReset',
    'sessionTimeoutMs', 'heartbeatIntervalMs', 'maxPollIntervalMs', 'processingDelayMs', 'stall',
    'protocol', 'topicRegex',
}
PRODUCER_OPTIONS = {
    'bootstrap', 'topic', 'partitions', 'count', 'valuePrefix', 'intervalMs', 'compression', 'idempotent', 'acks',
}


def run(consume, produce):
    """Runs `consumer OPTIONS` or `producer OPTIONS` and says `closed` at the end, or `error` and exit code 1."""
    if len(sys.argv) != 3 or sys.argv[1] not in ('consumer', 'producer'):
        sys.exit(f'usage: {sys.argv[0]} consumer|producer OPTIONS')
    body, known = (consume, CONSUMER_OPTIONS) if sys.argv[1] == 'consumer' else (produce, PRODUCER_OPTIONS)
    options = json.loads(sys.argv[2])
    if options.keys() - known:
        sys.exit(f'unknown options: {sorted(options.keys() - known)}')
    stop = Stop()
    try:
        body(options, stop)
    except Exception as error:  # the event is how a test learns of it
        emit('error', message=f'{type(error).__name__}: {error}')
        raise
    emit('closed')
