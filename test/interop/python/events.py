"""What the programs of this folder share: options from argv, events to stdout, and a clean close on SIGTERM."""

import json
import signal
import sys
import threading

_lock = threading.Lock()


def emit(event, **fields):
    """Prints one event as a JSON line."""
    with _lock:
        sys.stdout.write(json.dumps({'event': event, **fields}) + '\n')
        sys.stdout.flush()


def name(topic, partition):
    return f'{topic}-{partition}'


def names(partitions):
    return [name(p.topic, p.partition) for p in partitions]


def text(data):
    return None if data is None else data.decode()


def value(i, size):
    """The record's number, filled up with dots to the size wanted."""
    return str(i).ljust(size, '.')


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


CONSUMER_DEFAULTS = {
    'instanceId': None, 'assignor': 'range', 'autoCommit': False, 'autoCommitIntervalMs': 1000,
    'offsetReset': 'earliest', 'sessionTimeoutMs': 10000, 'heartbeatIntervalMs': 500, 'maxPollIntervalMs': 60000,
    'maxPollRecords': 500, 'processingDelayMs': 0, 'maxRecords': 0,
}
PRODUCER_DEFAULTS = {
    'count': 1, 'first': 0, 'keys': 0, 'partitions': 0, 'valueBytes': 0, 'delayMs': 0,
    'compression': 'none', 'idempotent': False, 'acks': 'all',
}


def run(consume, produce, client_id):
    """Runs `consumer OPTIONS` or `producer OPTIONS` and says `closed` at the end, or `error` and exit code 1."""
    if len(sys.argv) != 3 or sys.argv[1] not in ('consumer', 'producer'):
        sys.exit(f'usage: {sys.argv[0]} consumer|producer OPTIONS')
    body, defaults = (consume, CONSUMER_DEFAULTS) if sys.argv[1] == 'consumer' else (produce, PRODUCER_DEFAULTS)
    options = {'clientId': client_id, **defaults, **json.loads(sys.argv[2])}
    unknown = options.keys() - defaults.keys() - {'bootstrap', 'clientId', 'group', 'topics', 'topic'}
    if unknown:
        sys.exit(f'unknown options: {sorted(unknown)}')
    stop = Stop()
    try:
        body(options, stop)
    except Exception as error:  # the event is how a test learns of it
        emit('error', message=f'{type(error).__name__}: {error}')
        raise
    emit('closed')
