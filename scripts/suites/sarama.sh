. "$SUITES_LIBRARY"
version=${SUITE_VERSION:-v1.61.1}
[ -x bin/server ] || GOBIN="$SUITES_CACHE/bin" go install github.com/Shopify/toxiproxy/v2/cmd/server@v2.5.0
# All traffic goes through toxiproxy, which the tests order to cut and delay.
api=$((KAFKA_PORT + 90))
bin/server -host 127.0.0.1 -port $api >toxiproxy.log 2>&1 &
trap "kill $!" EXIT
until curl -s -o /dev/null http://127.0.0.1:$api/proxies; do sleep 0.1; done
for i in 1 2 3 4 5; do
  curl -s -o /dev/null -d "{\"name\":\"kafka$i\",\"listen\":\"127.0.0.1:2909$i\",\"upstream\":\"127.0.0.1:$KAFKA_PORT\",\"enabled\":true}" \
    http://127.0.0.1:$api/proxies
done
go_source github.com/IBM/sarama "$version" sarama
export TOXIPROXY_ADDR=http://127.0.0.1:$api KAFKA_VERSION=${SUITE_KAFKA_VERSION:-4.2.0}
go test -p 1 -tags functional -v -timeout 20m \
  -run '^TestFunc|^TestConsumerH|^TestConsumerP|^TestVersionM|^TestConsumerGroupDead|^TestInterceptors|^TestAsyncProducerRemote' \
  -skip 'Txn|Transactions|InitProducerId3|Java|BrokerFailure|BufferedSequence|Quotas|Reassignments|LogDirs|ListConsumerGroupOffsets$' "$@" .
