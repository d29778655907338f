import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.regex.Pattern;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** What Java producers and consumers can ask besides the usual: one line a call, its result or its error. */
public final class ClientCalls {
    private static final long T0 = 1_700_000_000_000L;
    private static final TopicPartition P0 = new TopicPartition("client-a", 0);
    private static final TopicPartition P1 = new TopicPartition("client-a", 1);
    private final Properties props = new Properties();

    private interface Call {
        Object get() throws Exception;
    }

    public static void main(String[] args) throws Exception {
        ClientCalls calls = new ClientCalls();
        calls.props.put("bootstrap.servers", args[1]);
        calls.topics();
        calls.producer();
        calls.simpleConsumer();
        calls.patterns();
    }

    private void topics() throws Exception {
        try (Admin admin = Admin.create(props)) {
            admin.createTopics(List.of(
                            topic("client-a", 2, Map.of()),
                            topic("client-small", 1, Map.of("max.message.bytes", "2000")),
                            topic("client-stamped", 1, Map.of("message.timestamp.type", "LogAppendTime")),
                            topic("client-bound", 1, Map.of("message.timestamp.before.max.ms", "3600000")),
                            topic("client-compacted", 1, Map.of("cleanup.policy", "compact")),
                            topic("client-gzip", 1, Map.of("compression.type", "gzip")),
                            topic("client-plain", 1, Map.of("compression.type", "uncompressed"))))
                    .all().get();
        }
    }

    private static NewTopic topic(String name, int partitions, Map<String, String> configs) {
        return new NewTopic(name, partitions, (short) 1).configs(configs);
    }

    private void producer() throws Exception {
        Properties settings = settings(Map.of(
                "acks", "all", "linger.ms", 100, "delivery.timeout.ms", 60_000,
                "compression.type", "lz4", "max.block.ms", 3_000));
        try (var producer = new KafkaProducer<>(settings, new StringSerializer(), new StringSerializer())) {
            for (int i = 0; i < 10; i++) {
                String value = "value " + i;
                long timestamp = T0 + 1000 * i;
                Future<RecordMetadata> sent =
                        producer.send(new ProducerRecord<>("client-a", i % 2, timestamp, "key", value));
                say("send " + i, () -> sent.get().partition() + "@" + sent.get().offset() + " " + sent.get().timestamp());
            }
            say("too large a record", () -> sent(producer, "client-small", "x".repeat(20_000).transform(ClientCalls::noise)));
            say("a batch too large, of small records", () -> {
                List<Future<RecordMetadata>> futures = new java.util.ArrayList<>();
                for (int i = 0; i < 10; i++) futures.add(producer.send(new ProducerRecord<>("client-small", noise("y".repeat(600)))));
                for (Future<RecordMetadata> future : futures) future.get();
                return futures.get(9).get().offset();
            });
            say("log append time", () -> {
                long before = System.currentTimeMillis();
                long stamp = producer.send(new ProducerRecord<>("client-stamped", 0, T0, "k", "v")).get().timestamp();
                return stamp >= before - 1000 && stamp <= System.currentTimeMillis() + 1000;
            });
            say("older than the topic allows", () ->
                    producer.send(new ProducerRecord<>("client-bound", 0, T0, "k", "v")).get());
            say("within what it allows", () -> sent(producer, "client-bound", "v"));
            say("no key in a compacted topic", () -> producer.send(new ProducerRecord<>("client-compacted", "v")).get());
            say("a key in a compacted topic", () -> producer.send(new ProducerRecord<>("client-compacted", "k", "v")).get().offset());
            say("a tombstone", () -> producer.send(new ProducerRecord<>("client-compacted", "k", null)).get().offset());
            say("recompressed", () -> sent(producer, "client-gzip", "v"));
            say("decompressed", () -> sent(producer, "client-plain", "v"));
            say("a partition that is not", () -> producer.send(new ProducerRecord<>("client-a", 9, "k", "v")).get());
            say("a name that cannot be", () -> producer.send(new ProducerRecord<>("client/a", "k", "v")).get());
            say("partitions", () -> producer.partitionsFor("client-a").stream()
                    .sorted(Comparator.comparing(PartitionInfo::partition)).map(p -> p.partition() + " led by " + p.leader().id()).toList());
        }
        try (var producer = new KafkaProducer<>(settings(Map.of("acks", "0", "enable.idempotence", false)),
                new StringSerializer(), new StringSerializer())) {
            say("acks 0", () -> producer.send(new ProducerRecord<>("client-gzip", "v")).get().hasOffset());
        }
    }

    private static Object sent(KafkaProducer<String, String> producer, String topic, String value) throws Exception {
        return producer.send(new ProducerRecord<>(topic, value)).get().offset();
    }

    /** The same text each time, but one that no codec makes much smaller. */
    private static String noise(String text) {
        java.util.Random random = new java.util.Random(42);
        StringBuilder noise = new StringBuilder();
        for (int i = 0; i < text.length(); i++) noise.append((char) ('!' + random.nextInt(90)));
        return noise.toString();
    }

    private void simpleConsumer() throws Exception {
        Properties settings = settings(Map.of("group.id", "client-simple", "enable.auto.commit", false));
        try (var consumer = new KafkaConsumer<>(settings, new StringDeserializer(), new StringDeserializer())) {
            consumer.assign(List.of(P0, P1));
            say("beginning", () -> sorted(consumer.beginningOffsets(List.of(P0, P1))));
            say("end", () -> sorted(consumer.endOffsets(List.of(P0, P1))));
            say("offsets for times", () -> {
                Map<TopicPartition, OffsetAndTimestamp> found =
                        consumer.offsetsForTimes(Map.of(P0, T0 + 3000, P1, T0 + 3000));
                return found.get(P0).offset() + " at +" + (found.get(P0).timestamp() - T0) + ", "
                        + found.get(P1).offset() + " at +" + (found.get(P1).timestamp() - T0);
            });
            say("offsets for late times", () -> consumer.offsetsForTimes(Map.of(P0, T0 + 9_000_000)));
            say("committed", () -> sorted(consumer.committed(Set.of(P0, P1))));
            say("position before a commit", () -> {
                consumer.seekToBeginning(List.of(P0));
                return consumer.position(P0);
            });
            say("seek and read", () -> {
                consumer.seek(P0, 2);
                consumer.pause(List.of(P1));
                return read(consumer, 3);
            });
            say("commit", () -> {
                consumer.commitSync(Map.of(P0, new OffsetAndMetadata(4, Optional.empty(), "half way")));
                return consumer.committed(Set.of(P0)).get(P0);
            });
            say("resume and read", () -> {
                consumer.resume(List.of(P1));
                consumer.seekToBeginning(List.of(P1));
                return read(consumer, 5);
            });
            say("seek too far", () -> {
                consumer.seek(P0, 100);
                consumer.seekToEnd(List.of(P1));
                consumer.poll(Duration.ofMillis(500));
                consumer.poll(Duration.ofMillis(500));
                return consumer.position(P0);
            });
            say("lag", () -> consumer.currentLag(P1));
            say("partitions of a topic", () -> consumer.partitionsFor("client-a").size());
            say("partitions of a missing topic", () -> consumer.partitionsFor("client-missing-because-invalid/"));
        }
        Properties strict = settings(Map.of("group.id", "client-simple", "auto.offset.reset", "none"));
        try (var consumer = new KafkaConsumer<>(strict, new StringDeserializer(), new StringDeserializer())) {
            consumer.assign(List.of(P0));
            say("no reset, with a commit", () -> consumer.position(P0));
            say("no reset, out of range", () -> {
                consumer.seek(P0, 100);
                for (int i = 0; i < 20; i++) consumer.poll(Duration.ofMillis(100));
                return "nothing";
            });
            consumer.assign(List.of(P1));
            say("no reset, without one", () -> consumer.position(P1));
        }
        Properties committed = settings(Map.of(
                "group.id", "client-committed", "isolation.level", "read_committed", "auto.offset.reset", "earliest"));
        try (var consumer = new KafkaConsumer<>(committed, new StringDeserializer(), new StringDeserializer())) {
            consumer.assign(List.of(P0));
            say("read committed", () -> read(consumer, 5));
            say("end of the committed", () -> consumer.endOffsets(List.of(P0)).get(P0));
        }
        Properties tiny = settings(Map.of("group.id", "client-tiny", "auto.offset.reset", "earliest",
                "max.partition.fetch.bytes", 1, "fetch.max.bytes", 1, "max.poll.records", 3));
        try (var consumer = new KafkaConsumer<>(tiny, new StringDeserializer(), new StringDeserializer())) {
            consumer.assign(List.of(P0, P1));
            say("one byte at a time", () -> read(consumer, 10));
        }
    }

    private void patterns() throws Exception {
        Properties settings = settings(Map.of("group.id", "client-pattern", "auto.offset.reset", "earliest", "metadata.max.age.ms", 300));
        try (var consumer = new KafkaConsumer<>(settings, new StringDeserializer(), new StringDeserializer())) {
            consumer.subscribe(Pattern.compile("client-(gzip|late)"));
            say("a pattern", () -> awaitAssignment(consumer, 1));
            try (Admin admin = Admin.create(props)) {
                admin.createTopics(List.of(topic("client-late", 2, Map.of()))).all().get();
            }
            say("a topic that comes later", () -> awaitAssignment(consumer, 3));
            try (Admin admin = Admin.create(props)) {
                admin.createPartitions(Map.of("client-gzip", org.apache.kafka.clients.admin.NewPartitions.increaseTo(3))).all().get();
            }
            say("partitions that come later", () -> awaitAssignment(consumer, 5));
            say("group", () -> consumer.groupMetadata().groupId() + " knows its member id: " + !consumer.groupMetadata().memberId().isEmpty());
            say("enforced rebalance", () -> {
                int generation = consumer.groupMetadata().generationId();
                consumer.enforceRebalance("to see");
                for (int i = 0; i < 50 && consumer.groupMetadata().generationId() == generation; i++) consumer.poll(Duration.ofMillis(100));
                return consumer.groupMetadata().generationId() > generation;
            });
        }
    }

    private static Object awaitAssignment(KafkaConsumer<String, String> consumer, int size) {
        for (int i = 0; i < 100 && consumer.assignment().size() != size; i++) consumer.poll(Duration.ofMillis(100));
        return consumer.assignment().stream().map(TopicPartition::toString).sorted().toList();
    }

    private static List<String> read(KafkaConsumer<String, String> consumer, int count) {
        List<String> seen = new java.util.ArrayList<>();
        for (int i = 0; i < 30 && seen.size() < count; i++) {
            for (ConsumerRecord<String, String> record : consumer.poll(Duration.ofMillis(100))) {
                seen.add(record.partition() + "@" + record.offset() + "=" + record.value());
            }
        }
        seen.sort(Comparator.naturalOrder());
        return seen;
    }

    private static Object sorted(Map<TopicPartition, ?> values) {
        Map<String, Object> sorted = new TreeMap<>();
        values.forEach((partition, value) -> sorted.put(partition.toString(), value == null ? "none" : value));
        return sorted;
    }

    private Properties settings(Map<String, Object> more) {
        Properties settings = new Properties();
        settings.putAll(props);
        settings.putAll(more);
        return settings;
    }

    private static void say(String what, Call call) {
        String outcome;
        try {
            Object result = call.get();
            outcome = result == null ? "done" : result.toString();
        } catch (ExecutionException e) {
            outcome = describe(e.getCause());
        } catch (Exception e) {
            outcome = describe(e);
        }
        System.out.println(what + ": " + outcome);
    }

    private static String describe(Throwable error) {
        return error.getClass().getSimpleName() + " (" + error.getMessage() + ")";
    }
}
