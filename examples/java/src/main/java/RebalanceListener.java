import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.StringDeserializer;

/** Keeps a count for each partition, which must be handed over when the partition moves to another member. */
public class RebalanceListener implements ConsumerRebalanceListener {
    private final KafkaConsumer<String, String> consumer;
    private final Map<TopicPartition, Integer> counts = new HashMap<>();
    private final Map<TopicPartition, OffsetAndMetadata> processed = new HashMap<>();

    RebalanceListener(String bootstrapServers) {
        Properties props = new Properties();
        props.put("bootstrap.servers", bootstrapServers);
        props.put("group.id", "examples");
        props.put("auto.offset.reset", "earliest");
        props.put("enable.auto.commit", "false");
        consumer = new KafkaConsumer<>(props, new StringDeserializer(), new StringDeserializer());
    }

    /** The partitions are ours from now on: load what belongs to them. */
    @Override
    public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
        System.out.println("assigned " + partitions);
        partitions.forEach(partition -> counts.put(partition, 0));
    }

    /** Still ours until this returns: the last chance to commit what was processed. */
    @Override
    public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
        processed.keySet().retainAll(partitions);
        consumer.commitSync(processed);
        processed.clear();
        System.out.println("revoked " + partitions);
        counts.keySet().removeAll(partitions);
    }

    /** No longer ours, for example after a long pause: another member may have them already, so do not commit. */
    @Override
    public void onPartitionsLost(Collection<TopicPartition> partitions) {
        System.out.println("lost " + partitions);
        counts.keySet().removeAll(partitions);
        processed.keySet().removeAll(partitions);
    }

    void run() {
        Shutdown.wakesUp(consumer);
        try (consumer) {
            consumer.subscribe(List.of("events"), this);
            while (true) {
                for (ConsumerRecord<String, String> record : consumer.poll(Duration.ofSeconds(1))) {
                    TopicPartition partition = new TopicPartition(record.topic(), record.partition());
                    int count = counts.merge(partition, 1, Integer::sum);
                    processed.put(partition, new OffsetAndMetadata(record.offset() + 1));
                    System.out.printf("%s: %d records, last %s%n", partition, count, record.value());
                }
                consumer.commitSync(processed);
                processed.clear();
            }
        } catch (WakeupException stop) {
            System.out.println("closed");
        }
    }

    public static void main(String[] args) {
        new RebalanceListener(args.length > 0 ? args[0] : "127.0.0.1:9092").run();
    }
}
