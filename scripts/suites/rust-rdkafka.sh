. "$SUITES_LIBRARY"
crate_source rdkafka "${SUITE_VERSION:-0.39.0}"
# Two files do not ask KAFKA_HOST.
sed -i "s|\"localhost\"|\"localhost:$KAFKA_PORT\"|" tests/test_high_producers.rs
sed -i "s/broker_metadata\[0\].port(), [0-9]*/broker_metadata[0].port(), $KAFKA_PORT/" tests/test_metadata.rs
tests=$(cd tests && ls test_*.rs | grep -v transactions | sed 's/^\(.*\)\.rs$/--test \1/')
# shellcheck disable=SC2086
KAFKA_HOST=127.0.0.1:$KAFKA_PORT KAFKA_VERSION=4.1.0 cargo test -j2 --no-fail-fast $tests -- --test-threads=2 "$@"
