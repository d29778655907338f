package kohort.interop;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;

/** Tells the test what happens: one JSON object a line on standard output. */
final class Events {
    private static final PrintStream OUT =
            new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);

    private Events() {}

    static void partitions(String event, Collection<TopicPartition> partitions) {
        print(event, "\"partitions\":[" + partitions.stream().map(Events::quote).collect(Collectors.joining(",")) + "]");
    }

    static void record(ConsumerRecord<String, String> record) {
        print("record", position(record.topic(), record.partition(), record.offset())
                + ",\"key\":" + quote(record.key()) + ",\"value\":" + quote(record.value()));
    }

    static void committed(Map<TopicPartition, Long> offsets) {
        String members = offsets.entrySet().stream()
                .map(entry -> quote(entry.getKey()) + ":" + entry.getValue())
                .collect(Collectors.joining(","));
        print("committed", "\"offsets\":{" + members + "}");
    }

    static void delivered(RecordMetadata metadata, String value) {
        long offset = metadata.hasOffset() ? metadata.offset() : -1;
        print("delivered", position(metadata.topic(), metadata.partition(), offset) + ",\"value\":" + quote(value));
    }

    static void error(Exception exception) {
        print("error", "\"message\":" + quote(exception));
    }

    static void done() {
        print("done", "\"java\":true");
    }

    static void closed() {
        print("closed", "\"java\":true");
    }

    private static String position(String topic, int partition, long offset) {
        return "\"topic\":" + quote(topic) + ",\"partition\":" + partition + ",\"offset\":" + offset;
    }

    private static void print(String event, String members) {
        String line = "{\"event\":\"" + event + "\",\"at\":" + System.currentTimeMillis() + "," + members + "}";
        synchronized (OUT) {
            OUT.println(line);
        }
    }

    private static String quote(Object value) {
        if (value == null) return "null";
        StringBuilder quoted = new StringBuilder("\"");
        for (char c : value.toString().toCharArray()) {
            if (c == '"' || c == '\\') quoted.append('\\').append(c);
            else if (c < ' ') quoted.append(String.format("\\u%04x", (int) c));
            else quoted.append(c);
        }
        return quoted.append('"').toString();
    }
}
