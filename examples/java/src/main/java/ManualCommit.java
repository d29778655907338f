import java.time.Duration;
import java.util.List;
import java.util.Properties;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.StringDeserializer;

/** Commits after processing: whatever happens, no record is skipped, though some may come twice. */
public class ManualCommit {
    public static void main(String[] args) {
        Properties props = new Properties();
        props.put("bootstrap.servers", args.length > 0 ? args[0] : "127.0.0.1:9092");
        props.put("group.id", "examples");
        props.put("auto.offset.reset", "earliest");
        props.put("enable.auto.commit", "false");

        try (var consumer = new KafkaConsumer<>(props, new StringDeserializer(), new StringDeserializer())) {
            Shutdown.wakesUp(consumer);
            consumer.subscribe(List.of("events"));
            while (true) {
                ConsumerRecords<String, String> records = consumer.poll(Duration.ofSeconds(1));
                for (ConsumerRecord<String, String> record : records) {
                    System.out.printf("%d@%d %s%n", record.partition(), record.offset(), record.value());
                }
                if (!records.isEmpty()) {
                    consumer.commitSync(); // everything that the last poll returned
                    System.out.printf("committed %d records%n", records.count());
                }
            }
        } catch (WakeupException stop) {
            System.out.println("closed");
        }
    }
}
