import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Properties;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.CooperativeStickyAssignor;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.StringDeserializer;

/** When a member joins or leaves, the others go on reading; only partitions that must move are revoked. */
public class CooperativeSticky {
    public static void main(String[] args) {
        Properties props = new Properties();
        props.put("bootstrap.servers", args.length > 0 ? args[0] : "127.0.0.1:9092");
        props.put("group.id", "examples");
        props.put("auto.offset.reset", "earliest");
        props.put("partition.assignment.strategy", CooperativeStickyAssignor.class.getName());

        try (var consumer = new KafkaConsumer<>(props, new StringDeserializer(), new StringDeserializer())) {
            Shutdown.wakesUp(consumer);
            consumer.subscribe(List.of("events"), new ConsumerRebalanceListener() {
                @Override
                public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
                    System.out.println("gained " + partitions);
                }

                @Override
                public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
                    System.out.println("gave up " + partitions);
                }
            });
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
