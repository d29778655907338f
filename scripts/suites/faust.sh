. "$SUITES_LIBRARY"
pypi_source faust-streaming "${SUITE_VERSION:-0.15.3}" pytest-asyncio confluent-kafka==2.11.1
FAUST_TEST_BROKER=kafka://127.0.0.1:$KAFKA_PORT "$python" -m pytest -v -o addopts= -p no:cacheprovider --tb=short "$@" tests/integration/broker
