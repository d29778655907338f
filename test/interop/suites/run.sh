#!/usr/bin/env bash
# Runs the test suite of another client library against a broker that already listens: kohort, or Apache Kafka as the judge.
#   run.sh SUITE PORT [ARGS]    SUITE: kafka-go | sarama | confluent-kafka-go | kafka-python | librdkafka
# README.md beside this file says how to start the broker for each, and what is known not to apply. franz-go's tests are
# in franz-go.test.ts. Sources come from the package registries, versions pinned here, and stay in .cache/interop/suites.
# ARGS go to the suite: -test.run=… for the Go ones, -k … for pytest, nothing for librdkafka (TESTS=0113 SUBTESTS=… in the
# environment).
set -euo pipefail
[ $# -ge 2 ] || { sed -n '2,8s/^# \{0,1\}//p' "$0" >&2; exit 2; }
suite=$1 port=$2
shift 2
cache=$(cd "$(dirname "$0")/../../.." && pwd)/.cache/interop/suites
mkdir -p "$cache"
export GOFLAGS=-mod=mod GOMAXPROCS=2

# go_source MODULE VERSION NAME: a writable copy of a module's source in $cache/NAME
go_source() {
  [ -e "$cache/$3/go.mod" ] && return
  local dir
  dir=$(cd "$cache" && go mod download -json "$1@$2" | sed -n 's/^\t"Dir": "\(.*\)",$/\1/p')
  mkdir -p "$cache/$3" && cp -r "$dir/." "$cache/$3" && chmod -R u+w "$cache/$3"
}

# edit FILE PYTHON: changes the text `s` of a file, unless it is changed already
edit() {
  python3 - "$1" "$2" <<'P'
import re, sys
path, code = sys.argv[1:]
scope = {'re': re, 's': open(path).read()}
if 'changed for kohort' not in scope['s']:
    exec(code, scope)
    open(path, 'w').write(scope['s'] + '\n// changed for kohort\n')
P
}

kafka_go() {
  [ "$port" = 9092 ] || { echo 'kafka-go has localhost:9092 in its tests' >&2; exit 2; }
  go_source github.com/segmentio/kafka-go v0.4.51 kafka-go
  # getOffsets builds a ConsumerGroup by hand and forgets what NewConsumerGroup sets: a nil pointer with any broker.
  edit "$cache/kafka-go/reader_test.go" "
i = s.index('conn, err := cg.coordinator()', s.index('func getOffsets('))
s = s[:i] + 'cg.config.Timeout = 10 * time.Second\n\tcg.config.connect = makeConnect(cg.config)\n\t' + s[i:]"
  cd "$cache/kafka-go"
  KAFKA_VERSION=3.7.0 go test -p 1 -short -v -timeout 20m -skip 'ACLs|Scram|ClientQuotas|UnsupportedSASL' "$@" .
}

sarama() {
  go_source github.com/IBM/sarama v1.61.1 sarama
  [ -x "$cache/bin/server" ] || GOBIN="$cache/bin" go install github.com/Shopify/toxiproxy/v2/cmd/server@v2.5.0
  local api=8474
  "$cache/bin/server" -host 127.0.0.1 -port $api >"$cache/toxiproxy.log" 2>&1 &
  # shellcheck disable=SC2064
  trap "kill $!" EXIT
  until curl -s -o /dev/null http://127.0.0.1:$api/proxies; do sleep 0.1; done
  for i in 1 2 3 4 5; do
    curl -s -o /dev/null -d "{\"name\":\"kafka$i\",\"listen\":\"127.0.0.1:2909$i\",\"upstream\":\"127.0.0.1:$port\",\"enabled\":true}" \
      http://127.0.0.1:$api/proxies
  done
  cd "$cache/sarama"
  TOXIPROXY_ADDR=http://127.0.0.1:$api KAFKA_VERSION=4.2.0 go test -p 1 -tags functional -v -timeout 20m \
    -run '^TestFunc|^TestConsumerH|^TestConsumerP|^TestVersionM|^TestConsumerGroupDead|^TestInterceptors|^TestAsyncProducerRemote' \
    -skip 'Txn|Transactions|InitProducerId3|Java|BrokerFailure|BufferedSequence|Quotas|Reassignments|LogDirs|ListConsumerGroupOffsets$' "$@" .
}

confluent_kafka_go() {
  go_source github.com/confluentinc/confluent-kafka-go/v2 v2.11.1 confluent-kafka-go
  # Its Docker cluster would pull in Docker's own sources.
  edit "$cache/confluent-kafka-go/kafka/integration_test.go" "
s = s.replace('\t\"github.com/testcontainers/testcontainers-go/modules/compose\"\n', '')
s = s.replace('\tcompose *compose.LocalDockerCompose\n', '')
s = s.replace('\tif testconf.DockerNeeded && its.compose != nil {\n\t\tits.compose.Down()\n\t}\n', '')
i = s.index('\tif testconf.DockerNeeded && !testconf.DockerExists {\n\t\tdockerCompose')
s = s[:i] + s[s.index('\tsuite.Run(t, its)', i):]"
  cd "$cache/confluent-kafka-go/kafka"
  echo "{\"Brokers\":\"127.0.0.1:$port\",\"TopicName\":\"test\",\"GroupID\":\"testgroup\",\"PerfMsgCount\":20000,\"PerfMsgSize\":100,\"Config\":[\"api.version.request=true\"]}" >testconf.json
  go test -p 1 -v -timeout 10m -run '^TestIntegration$' "$@" .
}

kafka_python() {
  local version=3.0.12
  local dir=$cache/kafka_python-$version
  if [ ! -e "$cache/kafka-python/.complete" ]; then
    python3 -m venv "$cache/kafka-python"
    local pip=$cache/kafka-python/bin/pip
    (cd "$cache" && "$pip" -q download --no-binary :all: --no-deps "kafka-python==$version" && tar xzf "kafka_python-$version.tar.gz")
    "$pip" -q install "$dir" pytest==8.4.1 pytest-timeout==2.4.0 pytest-mock==3.14.1 py==1.11.0 lz4 python-snappy zstandard crc32c
    touch "$dir/test/__init__.py" "$cache/kafka-python/.complete"
    # The sdist lacks this one: it starts brokers, or, as here, finds one that runs.
    printf 'class ExternalService:\n    def __init__(self, *args): pass\n    def open(self): pass\n    def close(self): pass\n    def stop(self): pass\n    def dump_logs(self): pass\n\n\nclass SpawnedService: pass\n' >"$dir/test/service.py"
  fi
  cd "$dir"
  local skip=(test_create_describe_delete_acls test_alter_replica_log_dirs test_transactional_producer_messages test_transactional_producer_offsets)
  local not
  not=$(printf ' and not %s' "${skip[@]}")
  PYTHONPATH=. KAFKA_URI=kafka://127.0.0.1:$port KAFKA_VERSION=4.2.0 KAFKA_ROOT=/tmp ../kafka-python/bin/python -m pytest -q -p no:cacheprovider \
    --log-level=WARNING --tb=short -k "${not# and }" test/integration \
    --ignore test/integration/test_sasl_integration.py --ignore test/integration/test_ssl_integration.py "$@"
}

librdkafka() {
  local source=$cache/librdkafka/package/deps/librdkafka
  if [ ! -x "$source/tests/test-runner" ]; then
    # The npm package is a place where a registry has librdkafka's whole source, its tests included.
    mkdir -p "$cache/librdkafka"
    (cd "$cache/librdkafka" && npm pack --silent @confluentinc/kafka-javascript@1.10.1 && tar xzf confluentinc-kafka-javascript-1.10.1.tgz)
    (cd "$source" && ./configure --disable-gssapi --disable-sasl && make -j2 libs && make -j2 -C tests build) >"$cache/librdkafka/build.log" 2>&1
  fi
  mkdir -p "$cache/librdkafka/run" && cd "$cache/librdkafka/run"
  printf 'metadata.broker.list=127.0.0.1:%s\ntest.topic.random=true\ntest.timeout.multiplier=2\n' "$port" >test.conf
  # -L: nothing that needs no broker. -E: no emulated sockets. TEST_KAFKA_VERSION 4.1: no share groups. QUICK= runs the long subtests too.
  # Left out: performance, TLS, SASL, ACLs, transactions, and what calls scripts of Kafka's distribution (KAFKA_PATH).
  LD_LIBRARY_PATH=$source/src:$source/src-cpp TEST_LEVEL=${TEST_LEVEL:-1} TEST_KAFKA_VERSION=4.1.0.0 \
    TESTS_SKIP=${TESTS_SKIP:-0038,0052,0077,0097,0098,0103,0109,0115,0119,0126,0129,0142} \
    "$source/tests/test-runner" -L -E ${QUICK--Q} -p4 "$@"
}

case $suite in
  kafka-go | sarama | confluent-kafka-go | kafka-python | librdkafka) "${suite//-/_}" "$@" ;;
  *) echo "unknown suite $suite" >&2; exit 2 ;;
esac
