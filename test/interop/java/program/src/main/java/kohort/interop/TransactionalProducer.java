package kohort.interop;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Properties;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * A transactional producer that does what it is told: a line a command, answered with `done`.
 *
 * <p>`begin`, `flush`, `commit`, `abort`, `send TOPIC PARTITION VALUE...`; a value `KEY=VALUE` has a key.
 */
final class TransactionalProducer {
    private final Options options;

    TransactionalProducer(Options options) {
        this.options = options;
    }

    void run() {
        Properties props = new Properties();
        props.put("bootstrap.servers", options.text("bootstrap"));
        props.put("transactional.id", options.text("transactionalId"));
        props.put("compression.type", options.text("compression"));
        props.put("linger.ms", 5);
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        try (KafkaProducer<String, String> producer =
                new KafkaProducer<>(props, new StringSerializer(), new StringSerializer())) {
            producer.initTransactions();
            Events.done();
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                doIt(producer, line.split(" "));
                Events.done();
            }
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void doIt(KafkaProducer<String, String> producer, String[] words) {
        switch (words[0]) {
            case "begin" -> producer.beginTransaction();
            case "flush" -> producer.flush();
            case "commit" -> producer.commitTransaction();
            case "abort" -> producer.abortTransaction();
            case "send" -> {
                for (int i = 3; i < words.length; i++) {
                    int equals = words[i].indexOf('=');
                    String key = equals < 0 ? null : words[i].substring(0, equals);
                    String value = words[i].substring(equals + 1);
                    producer.send(new ProducerRecord<>(words[1], Integer.parseInt(words[2]), key, value));
                }
            }
            default -> throw new IllegalArgumentException(words[0]);
        }
    }
}
