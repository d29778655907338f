package kohort.interop;

import java.time.Duration;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;

/** A member of a consumer group that tells everything it sees and does. */
final class GroupConsumer implements ConsumerRebalanceListener {
    private final Options options;
    private final boolean commitsManually;
    private final KafkaConsumer<String, String> consumer;
    /** Next offsets of what was processed and is not committed yet. */
    private final Map<TopicPartition, Long> uncommitted = new HashMap<>();
    private String stallValue;

    GroupConsumer(Options options) {
        this.options = options;
        this.commitsManually = options.text("commit").equals("manual");
        this.stallValue = options.has("stallValue") ? options.text("stallValue") : null;
        this.consumer = new KafkaConsumer<>(properties(), new StringDeserializer(), new StringDeserializer());
    }

    private Properties properties() {
        Properties props = new Properties();
        props.put("bootstrap.servers", options.text("bootstrap"));
        props.put("group.id", options.text("groupId"));
        props.put("enable.auto.commit", options.text("commit").equals("auto"));
        props.put("auto.commit.interval.ms", options.text("autoCommitIntervalMs"));
        props.put("auto.offset.reset", options.text("offsetReset"));
        props.put("max.poll.interval.ms", options.text("maxPollIntervalMs"));
        if (options.has("groupInstanceId")) props.put("group.instance.id", options.text("groupInstanceId"));
        if (options.has("protocol") && options.text("protocol").equals("consumer")) {
            // Sessions, heartbeats and assignors are the broker's affair (KIP-848).
            props.put("group.protocol", "consumer");
            if (options.has("assignor")) props.put("group.remote.assignor", options.text("assignor"));
            return props;
        }
        props.put("session.timeout.ms", options.text("sessionTimeoutMs"));
        props.put("heartbeat.interval.ms", options.text("heartbeatIntervalMs"));
        if (options.has("assignor")) props.put("partition.assignment.strategy", assignor(options.text("assignor")));
        return props;
    }

    private static String assignor(String name) {
        String simpleName = switch (name) {
            case "range" -> "RangeAssignor";
            case "roundrobin" -> "RoundRobinAssignor";
            case "sticky" -> "StickyAssignor";
            case "cooperative-sticky" -> "CooperativeStickyAssignor";
            default -> throw new IllegalArgumentException("no assignor " + name);
        };
        return "org.apache.kafka.clients.consumer." + simpleName;
    }

    void run() {
        if (options.has("topicRegex")) Subscriptions.byRegex(consumer, options.text("topicRegex"), this);
        else consumer.subscribe(Arrays.asList(options.text("topics").split(",")), this);
        while (!Main.stopping) {
            for (ConsumerRecord<String, String> record : consumer.poll(Duration.ofMillis(100))) process(record);
            if (commitsManually) commit(uncommitted);
        }
        if (commitsManually) commit(uncommitted);
        consumer.close();
        Events.closed();
    }

    private void process(ConsumerRecord<String, String> record) {
        Events.record(record);
        sleep(options.number("processingDelayMs"));
        if (record.value() != null && record.value().equals(stallValue)) {
            stallValue = null;
            sleep(options.number("stallForMs"));
        }
        uncommitted.put(new TopicPartition(record.topic(), record.partition()), record.offset() + 1);
    }

    private void commit(Map<TopicPartition, Long> wanted) {
        if (wanted.isEmpty()) return;
        Map<TopicPartition, Long> offsets = new HashMap<>(wanted);
        try {
            consumer.commitSync(offsets.entrySet().stream()
                    .collect(Collectors.toMap(Map.Entry::getKey, entry -> new OffsetAndMetadata(entry.getValue()))));
            Events.committed(offsets);
            uncommitted.keySet().removeAll(offsets.keySet());
        } catch (KafkaException e) {
            Events.error(e);
        }
    }

    @Override
    public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
        Events.partitions("assigned", partitions);
    }

    @Override
    public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
        Map<TopicPartition, Long> leaving = new HashMap<>(uncommitted);
        leaving.keySet().retainAll(partitions);
        if (commitsManually) commit(leaving);
        uncommitted.keySet().removeAll(partitions);
        Events.partitions("revoked", partitions);
    }

    /** Since kafka-clients 2.4; without the annotation, so that older ones compile. */
    public void onPartitionsLost(Collection<TopicPartition> partitions) {
        uncommitted.keySet().removeAll(partitions);
        Events.partitions("lost", partitions);
    }

    private static void sleep(int ms) {
        if (ms == 0) return;
        try {
            Thread.sleep(ms);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
