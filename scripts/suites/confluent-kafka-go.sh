. "$SUITES_LIBRARY"
go_source github.com/confluentinc/confluent-kafka-go/v2 "${SUITE_VERSION:-v2.11.1}" confluent-kafka-go
# Its Docker cluster would pull in Docker's own sources.
edit kafka/integration_test.go "
s = s.replace('\t\"github.com/testcontainers/testcontainers-go/modules/compose\"\n', '')
s = s.replace('\tcompose *compose.LocalDockerCompose\n', '')
s = s.replace('\tif testconf.DockerNeeded && its.compose != nil {\n\t\tits.compose.Down()\n\t}\n', '')
i = s.index('\tif testconf.DockerNeeded && !testconf.DockerExists {\n\t\tdockerCompose')
s = s[:i] + s[s.index('\tsuite.Run(t, its)', i):]"
cd kafka
echo "{\"Brokers\":\"127.0.0.1:$KAFKA_PORT\",\"TopicName\":\"test\",\"GroupID\":\"testgroup\",\"PerfMsgCount\":20000,\"PerfMsgSize\":100,\"Config\":[\"api.version.request=true\"]}" >testconf.json
go test -p 1 -v -timeout 10m -run '^TestIntegration$' "$@" .
