. "$SUITES_LIBRARY"
pypi_source kafka-python "${SUITE_VERSION:-3.0.12}" py==1.11.0 lz4 python-snappy zstandard crc32c
# The sdist lacks this one: it starts brokers, or, as here, finds one that runs.
touch test/__init__.py
cat >test/service.py <<'P'
class ExternalService:
    def __init__(self, *args): pass
    def open(self): pass
    def close(self): pass
    def stop(self): pass
    def dump_logs(self): pass


class SpawnedService: pass
P
skip=(test_create_describe_delete_acls test_alter_replica_log_dirs test_transactional_producer_messages test_transactional_producer_offsets)
not=$(printf ' and not %s' "${skip[@]}")
PYTHONPATH=. KAFKA_URI=kafka://127.0.0.1:$KAFKA_PORT KAFKA_VERSION=4.2.0 KAFKA_ROOT=/tmp "$python" -m pytest -v -p no:cacheprovider \
  --log-level=WARNING --tb=short -k "${not# and }" test/integration \
  --ignore test/integration/test_sasl_integration.py --ignore test/integration/test_ssl_integration.py "$@"
