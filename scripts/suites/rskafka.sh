. "$SUITES_LIBRARY"
crate_source rskafka "${SUITE_VERSION:-0.6.0}"
rm -f rust-toolchain.toml # any recent toolchain will do, with a newer rsasl than its lockfile has
cargo update -q -p rsasl
# Its comparisons with the Java client want j4rs, which downloads jars by itself.
export TEST_INTEGRATION=1 TEST_BROKER_IMPL=kafka KAFKA_CONNECT=127.0.0.1:$KAFKA_PORT
cargo test -j2 --no-fail-fast --features full --tests -- --test-threads=2 "$@"
