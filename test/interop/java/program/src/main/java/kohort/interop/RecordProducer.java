package kohort.interop;

import java.util.Properties;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;

/** Sends numbered records and tells of each acknowledgement. */
final class RecordProducer {
    private final Options options;

    RecordProducer(Options options) {
        this.options = options;
    }

    private Properties properties() {
        Properties props = new Properties();
        props.put("bootstrap.servers", options.text("bootstrap"));
        props.put("compression.type", options.text("compression"));
        props.put("enable.idempotence", options.text("idempotent"));
        props.put("acks", options.text("acks"));
        props.put("retries", Integer.MAX_VALUE);
        props.put("delivery.timeout.ms", 150_000);
        props.put("max.block.ms", 150_000);
        props.put("linger.ms", 5);
        return props;
    }

    void run() throws InterruptedException {
        int count = options.number("count");
        try (KafkaProducer<String, String> producer =
                new KafkaProducer<>(properties(), new StringSerializer(), new StringSerializer())) {
            for (int i = 0; !Main.stopping && (count == 0 || i < count); i++) {
                String value = options.text("valuePrefix") + i;
                int partition = i % options.number("partitions");
                producer.send(
                        new ProducerRecord<>(options.text("topic"), partition, "key-" + i % 10, value),
                        (metadata, exception) -> {
                            if (exception == null) Events.delivered(metadata, value);
                            else Events.error(exception);
                        });
                int intervalMs = options.number("intervalMs");
                if (intervalMs > 0) Thread.sleep(intervalMs);
            }
        }
        Events.closed();
    }
}
