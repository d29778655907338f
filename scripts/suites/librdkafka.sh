. "$SUITES_LIBRARY"
source=$SUITES_CACHE/librdkafka/package/deps/librdkafka
if [ ! -x "$source/tests/test-runner" ]; then
  # The npm package is a place where a registry has librdkafka's whole source, its tests included.
  mkdir -p librdkafka && cd librdkafka
  npm pack --silent @confluentinc/kafka-javascript@1.10.1 && tar xzf confluentinc-kafka-javascript-1.10.1.tgz
  (cd "$source" && ./configure --disable-gssapi --disable-sasl && make -j2 libs && make -j2 -C tests build) >build.log 2>&1
fi
mkdir -p "$SUITES_CACHE/librdkafka/run.$KAFKA_PORT" && cd "$SUITES_CACHE/librdkafka/run.$KAFKA_PORT"
printf 'metadata.broker.list=127.0.0.1:%s\ntest.topic.random=true\ntest.timeout.multiplier=2\n' "$KAFKA_PORT" >test.conf
# -L: nothing that needs no broker. -E: no emulated sockets. TEST_KAFKA_VERSION 4.1: no share groups. QUICK= runs the long subtests too.
# Left out: performance, TLS, SASL, ACLs, transactions, and what calls scripts of Kafka's distribution (KAFKA_PATH).
export LD_LIBRARY_PATH=$source/src:$source/src-cpp TEST_LEVEL=${TEST_LEVEL:-1} TEST_KAFKA_VERSION=4.1.0.0
export TESTS_SKIP=${TESTS_SKIP:-0038,0052,0077,0097,0098,0103,0109,0115,0119,0126,0129,0142}
"$source/tests/test-runner" -L -E ${QUICK--Q} -p4 "$@"
