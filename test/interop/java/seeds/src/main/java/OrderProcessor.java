import java.time.Duration;
import java.util.Arrays;
import java.util.Collection;
import java.util.Properties;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;

/**
 * "Consumer Groups and Rebalancing": the Java consumer and the settings of its later sections, unchanged but for the
 * server's name and the helpers that the article leaves out. Arguments: servers, then any of the sections' names.
 */
public class OrderProcessor {
    static KafkaConsumer<String, String> consumer;

    public static void main(String[] args) {
        Properties props = new Properties();
        props.put("bootstrap.servers", args[0]);
        props.put("group.id", "order-processor");
        props.put("enable.auto.commit", false);
        props.put("key.deserializer", "org.apache.kafka.common.serialization.StringDeserializer");
        props.put("value.deserializer", "org.apache.kafka.common.serialization.StringDeserializer");

        // Rebalance listener
        props.put("partition.assignment.strategy",
                  "org.apache.kafka.clients.consumer.CooperativeStickyAssignor");

        for (String section : Arrays.asList(args).subList(1, args.length)) apply(section, props);

        KafkaConsumer<String, String> consumer = new KafkaConsumer<>(props);
        OrderProcessor.consumer = consumer;

        // Custom rebalance listener
        consumer.subscribe(Arrays.asList("orders"), new ConsumerRebalanceListener() {
            @Override
            public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
                System.out.println("Partitions revoked: " + partitions);
                // Commit offsets or release resources
                commitCurrentOffsets();
            }

            @Override
            public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
                System.out.println("Partitions assigned: " + partitions);
                // Initialize state for new partitions
                initializePartitions(partitions);
            }
        });

        // Consumption loop
        while (true) {
            ConsumerRecords<String, String> records = consumer.poll(Duration.ofMillis(100));

            for (ConsumerRecord<String, String> record : records) {
                processRecord(record);
            }

            // Commit after processing
            consumer.commitSync();
        }
    }

    static void apply(String section, Properties props) {
        switch (section) {
            case "range":
                props.put("partition.assignment.strategy",
                          "org.apache.kafka.clients.consumer.RangeAssignor");
                break;
            case "roundrobin":
                props.put("partition.assignment.strategy",
                          "org.apache.kafka.clients.consumer.RoundRobinAssignor");
                break;
            case "timeouts":
                // Heartbeat to coordinator
                props.put("session.timeout.ms", "30000");  // 30 seconds
                props.put("heartbeat.interval.ms", "10000");  // 10 seconds (1/3 of session)

                // Consumer poll timeout
                props.put("max.poll.interval.ms", "300000");  // 5 minutes
                break;
            case "static":
                // Consumers maintain membership across restarts
                props.put("group.instance.id", "consumer-1");  // Static ID
                break;
            default:
                throw new IllegalArgumentException(section);
        }
    }

    static void commitCurrentOffsets() {
        consumer.commitSync();
    }

    static void initializePartitions(Collection<TopicPartition> partitions) {
        partitions.forEach(partition -> System.out.println("Position of " + partition + ": " + consumer.position(partition)));
    }

    static void processRecord(ConsumerRecord<String, String> record) {
        System.out.println("Order " + record.value());
    }
}
