. "$SUITES_LIBRARY"
go_source github.com/segmentio/kafka-go "${SUITE_VERSION:-v0.4.51}" kafka-go
# Its tests have localhost:9092 in them.
sed -i "s/localhost:9092/localhost:$KAFKA_PORT/g; s/\b9092\b/$KAFKA_PORT/g" ./*.go ./*/*_test.go
# getOffsets builds a ConsumerGroup by hand and forgets what NewConsumerGroup sets: a nil pointer with any broker.
edit reader_test.go "
i = s.index('conn, err := cg.coordinator()', s.index('func getOffsets('))
s = s[:i] + 'cg.config.Timeout = 10 * time.Second\n\tcg.config.connect = makeConnect(cg.config)\n\t' + s[i:]"
KAFKA_VERSION=3.7.0 go test -p 1 -short -v -timeout 20m -skip 'ACLs|Scram|ClientQuotas|UnsupportedSASL' "$@" .
