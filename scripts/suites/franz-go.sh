. "$SUITES_LIBRARY"
go_source github.com/twmb/franz-go "${SUITE_VERSION:-v1.22.2}" franz-go
cd pkg/kgo
export KGO_SEEDS=127.0.0.1:$KAFKA_PORT KGO_TEST_RF=1 KGO_LOG_LEVEL=${KGO_LOG_LEVEL:-none} KGO_TEST_RECORDS=${KGO_TEST_RECORDS:-100000}
go test -v -timeout 15m -skip "${SKIP:-TestTxnEtl}" "$@" .
