import java.time.Duration;
import java.util.List;
import java.util.Properties;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.StringDeserializer;

/** Has a name of its own: restarted within its session timeout, it gets its partitions back and nobody rebalances. */
public class StaticMember {
    public static void main(String[] args) {
        Properties props = new Properties();
        props.put("bootstrap.servers", args.length > 0 ? args[0] : "127.0.0.1:9092");
        props.put("group.id", "examples");
        props.put("auto.offset.reset", "earliest");
        props.put("group.instance.id", args.length > 1 ? args[1] : "member-1"); // one for each process, as a pod's name
        props.put("session.timeout.ms", "60000"); // longer than a restart takes

        try (var consumer = new KafkaConsumer<>(props, new StringDeserializer(), new StringDeserializer())) {
            Shutdown.wakesUp(consumer);
            consumer.subscribe(List.of("events"));
            while (true) {
                for (ConsumerRecord<String, String> record : consumer.poll(Duration.ofSeconds(1))) {
                    System.out.printf("%d@%d %s%n", record.partition(), record.offset(), record.value());
                }
            }
        } catch (WakeupException stop) {
            System.out.println("closed");
        }
    }
}
