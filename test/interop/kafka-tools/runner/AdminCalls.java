import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.CreatePartitionsOptions;
import org.apache.kafka.clients.admin.CreateTopicsOptions;
import org.apache.kafka.clients.admin.DeleteTopicsOptions;
import org.apache.kafka.clients.admin.DescribeClusterOptions;
import org.apache.kafka.clients.admin.DescribeConsumerGroupsOptions;
import org.apache.kafka.clients.admin.DescribeTopicsOptions;
import org.apache.kafka.clients.admin.ListConfigResourcesOptions;
import org.apache.kafka.clients.admin.ListTopicsOptions;
import org.apache.kafka.clients.admin.MemberToRemove;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.admin.RemoveMembersFromConsumerGroupOptions;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicCollection;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.serialization.StringDeserializer;

/** What the Java admin client can ask and Kafka's tools do not: one line a call, its result or its error. */
public final class AdminCalls {
    private static final TopicPartition P0 = new TopicPartition("admin-a", 0);
    private static final TopicPartition MISSING = new TopicPartition("admin-missing", 0);
    private final Properties props = new Properties();
    private final Admin admin;

    private interface Call {
        Object get() throws Exception;
    }

    public static void main(String[] args) throws Exception {
        AdminCalls calls = new AdminCalls(args[1]);
        try (calls.admin) {
            calls.topics();
            calls.records();
            calls.configs();
            calls.groups();
            calls.cluster();
            calls.deletion();
        }
    }

    private AdminCalls(String bootstrapServers) {
        props.put("bootstrap.servers", bootstrapServers);
        admin = Admin.create(props);
    }

    private void topics() {
        say("create", () -> {
            var result = admin.createTopics(List.of(new NewTopic("admin-a", Optional.of(3), Optional.empty())
                    .configs(Map.of("retention.ms", "1000000"))));
            return "partitions=" + result.numPartitions("admin-a").get() + " factor="
                    + result.replicationFactor("admin-a").get() + " retention="
                    + result.config("admin-a").get().get("retention.ms").value() + " id="
                    + (result.topicId("admin-a").get().equals(Uuid.ZERO_UUID) ? "none" : "some");
        });
        say("create, validate only", () -> {
            NewTopic topic = new NewTopic("admin-dry", 2, (short) 1);
            return admin.createTopics(List.of(topic), new CreateTopicsOptions().validateOnly(true)).all();
        });
        say("create two of a name", () -> admin.createTopics(
                List.of(new NewTopic("admin-twice", 1, (short) 1), new NewTopic("admin-twice", 2, (short) 1))).all());
        say("create, one good and one bad", () -> {
            var values = admin.createTopics(
                    List.of(new NewTopic("admin-b", 1, (short) 1), new NewTopic("admin bad", 1, (short) 1))).values();
            return outcomes(values);
        });
        say("create with assignments", () -> admin.createTopics(
                List.of(new NewTopic("admin-assigned", Map.of(0, List.of(1), 1, List.of(1))))).all());
        say("create with a gap", () -> admin.createTopics(
                List.of(new NewTopic("admin-gap", Map.of(0, List.of(1), 2, List.of(1))))).all());
        say("list", () -> new TreeSet<>(admin.listTopics().names().get()));
        say("list with internal", () -> admin.listTopics(new ListTopicsOptions().listInternal(true)).listings().get()
                .stream().filter(listing -> listing.isInternal()).map(listing -> listing.name()).toList());
        say("describe by id", () -> {
            Uuid id = admin.describeTopics(List.of("admin-a")).allTopicNames().get().get("admin-a").topicId();
            TopicDescription found =
                    admin.describeTopics(TopicCollection.ofTopicIds(List.of(id))).allTopicIds().get().get(id);
            return found.name() + " " + found.partitions().size();
        });
        say("describe an unknown id", () -> admin.describeTopics(
                TopicCollection.ofTopicIds(List.of(Uuid.fromString("AAAAAAAAAAAAAAAAAAAAQQ")))).allTopicIds());
        say("describe with operations", () -> new TreeSet<>(admin.describeTopics(
                        List.of("admin-a"), new DescribeTopicsOptions().includeAuthorizedOperations(true))
                .allTopicNames().get().get("admin-a").authorizedOperations()));
        say("describe in pages of one", () -> admin.describeTopics(
                        List.of("admin-a", "admin-b"), new DescribeTopicsOptions().partitionSizeLimitPerResponse(1))
                .allTopicNames().get().values().stream().map(t -> t.name() + " " + t.partitions().size()).sorted().toList());
        say("more partitions, validate only", () -> admin.createPartitions(
                Map.of("admin-a", NewPartitions.increaseTo(9)), new CreatePartitionsOptions().validateOnly(true)).all());
        say("fewer partitions", () -> admin.createPartitions(Map.of("admin-a", NewPartitions.increaseTo(2))).all());
        say("as many partitions", () -> admin.createPartitions(Map.of("admin-a", NewPartitions.increaseTo(3))).all());
        say("partitions of a missing topic", () ->
                admin.createPartitions(Map.of("admin-missing", NewPartitions.increaseTo(2))).all());
        say("partitions with assignments", () -> admin.createPartitions(
                Map.of("admin-b", NewPartitions.increaseTo(2, List.of(List.of(1))))).all());
        say("partitions with too few assignments", () -> admin.createPartitions(
                Map.of("admin-b", NewPartitions.increaseTo(5, List.of(List.of(1))))).all());
    }

    private void configs() {
        ConfigResource topic = new ConfigResource(ConfigResource.Type.TOPIC, "admin-a");
        ConfigResource missing = new ConfigResource(ConfigResource.Type.TOPIC, "admin-missing");
        say("append", () -> alter(topic, "cleanup.policy", "compact", AlterConfigOp.OpType.APPEND));
        say("append again", () -> alter(topic, "cleanup.policy", "compact", AlterConfigOp.OpType.APPEND));
        say("value", () -> valueOf(topic, "cleanup.policy"));
        say("subtract", () -> alter(topic, "cleanup.policy", "delete", AlterConfigOp.OpType.SUBTRACT));
        say("value", () -> valueOf(topic, "cleanup.policy"));
        say("append to a number", () -> alter(topic, "retention.ms", "1", AlterConfigOp.OpType.APPEND));
        say("set an empty value", () -> alter(topic, "retention.ms", "", AlterConfigOp.OpType.SET));
        say("delete", () -> alter(topic, "retention.ms", "", AlterConfigOp.OpType.DELETE));
        say("value", () -> valueOf(topic, "retention.ms"));
        say("alter a missing topic", () -> alter(missing, "retention.ms", "1", AlterConfigOp.OpType.SET));
        say("describe a missing topic", () -> admin.describeConfigs(List.of(missing)).all());
        say("resources with configs", () -> admin.listConfigResources(Set.of(ConfigResource.Type.TOPIC), new ListConfigResourcesOptions()).all().get()
                .stream().map(ConfigResource::name).filter(name -> name.startsWith("admin")).sorted().toList());
    }

    private Object alter(ConfigResource resource, String name, String value, AlterConfigOp.OpType type) {
        AlterConfigOp op = new AlterConfigOp(new ConfigEntry(name, value), type);
        return admin.incrementalAlterConfigs(Map.of(resource, List.of(op))).all();
    }

    private String valueOf(ConfigResource resource, String name) throws Exception {
        ConfigEntry entry = admin.describeConfigs(List.of(resource)).all().get().get(resource).get(name);
        return entry.value() + " from " + entry.source();
    }

    private void records() {
        say("latest", () -> admin.listOffsets(Map.of(P0, OffsetSpec.latest())).partitionResult(P0).get().offset());
        say("max timestamp", () ->
                admin.listOffsets(Map.of(P0, OffsetSpec.maxTimestamp())).partitionResult(P0).get().offset());
        say("delete up to the end", () ->
                admin.deleteRecords(Map.of(P0, RecordsToDelete.beforeOffset(-1))).lowWatermarks().get(P0).get().lowWatermark());
        say("delete beyond the end", () -> admin.deleteRecords(Map.of(P0, RecordsToDelete.beforeOffset(9))).all());
        say("producers", () -> admin.describeProducers(List.of(P0)).all().get().get(P0).activeProducers().size());
        say("reassignments", () -> admin.listPartitionReassignments().reassignments().get());
    }

    private void groups() {
        OffsetAndMetadata three = new OffsetAndMetadata(3, Optional.empty(), "note");
        say("offsets of a group that is not", () ->
                admin.listConsumerGroupOffsets("admin-nobody").partitionsToOffsetAndMetadata().get());
        say("alter offsets", () -> admin.alterConsumerGroupOffsets("admin-g", Map.of(P0, three)).all());
        say("alter offsets of a missing topic", () ->
                outcomes(Map.of("missing", admin.alterConsumerGroupOffsets("admin-g", Map.of(MISSING, three)).all())));
        say("offsets", () -> admin.listConsumerGroupOffsets("admin-g").partitionsToOffsetAndMetadata().get());
        say("metadata too long", () -> admin.alterConsumerGroupOffsets(
                "admin-g", Map.of(P0, new OffsetAndMetadata(1, Optional.empty(), "x".repeat(5000)))).all());
        say("describe", () -> {
            var group = admin.describeConsumerGroups(
                            List.of("admin-g"), new DescribeConsumerGroupsOptions().includeAuthorizedOperations(true))
                    .all().get().get("admin-g");
            return group.groupState() + " " + group.type() + " simple=" + group.isSimpleConsumerGroup() + " "
                    + new TreeSet<>(group.authorizedOperations());
        });
        say("describe a group that is not", () -> admin.describeConsumerGroups(List.of("admin-nobody")).all());
        say("remove a member of an empty group", () -> admin.removeMembersFromConsumerGroup(
                "admin-g", new RemoveMembersFromConsumerGroupOptions(List.of(new MemberToRemove("admin-i")))).all());
        say("a static member", () -> {
            Properties member = new Properties();
            member.putAll(props);
            member.putAll(Map.of("group.id", "admin-static", "group.instance.id", "admin-i"));
            try (var consumer = new KafkaConsumer<>(member, new StringDeserializer(), new StringDeserializer())) {
                consumer.subscribe(List.of("admin-a"));
                while (consumer.assignment().isEmpty()) consumer.poll(java.time.Duration.ofMillis(50));
                return consumer.assignment().size() + " partitions";
            }
        });
        say("it is still there", () -> admin.describeConsumerGroups(List.of("admin-static")).all().get()
                .get("admin-static").members().stream().map(m -> m.groupInstanceId().orElse("none")).toList());
        say("alter offsets under it", () -> admin.alterConsumerGroupOffsets("admin-static", Map.of(P0, three)).all());
        say("delete the group under it", () -> admin.deleteConsumerGroups(List.of("admin-static")).all());
        say("remove another instance", () -> admin.removeMembersFromConsumerGroup("admin-static",
                new RemoveMembersFromConsumerGroupOptions(List.of(new MemberToRemove("admin-other")))).all());
        say("remove it", () -> admin.removeMembersFromConsumerGroup("admin-static",
                new RemoveMembersFromConsumerGroupOptions(List.of(new MemberToRemove("admin-i")))).all());
        say("it is gone", () -> admin.describeConsumerGroups(List.of("admin-static")).all().get()
                .get("admin-static").members());
        say("delete offsets", () -> admin.deleteConsumerGroupOffsets("admin-g", Set.of(P0)).all());
        say("delete groups", () -> {
            Map<String, KafkaFuture<Void>> deleted =
                    admin.deleteConsumerGroups(List.of("admin-g", "admin-static", "admin-nobody")).deletedGroups();
            return outcomes(deleted);
        });
    }

    private void cluster() {
        say("cluster", () -> {
            var cluster = admin.describeCluster(new DescribeClusterOptions().includeAuthorizedOperations(true));
            return cluster.nodes().get().size() + " node, controller " + cluster.controller().get().id() + " "
                    + new TreeSet<>(cluster.authorizedOperations().get());
        });
        say("log folders", () -> admin.describeLogDirs(List.of(1)).allDescriptions().get().get(1).values().stream()
                .map(dir -> dir.error() == null && dir.totalBytes().orElse(-1) > 0 && dir.usableBytes().orElse(-1) > 0)
                .toList());
    }

    private void deletion() {
        say("delete by id", () -> {
            Uuid id = admin.describeTopics(List.of("admin-b")).allTopicNames().get().get("admin-b").topicId();
            return admin.deleteTopics(TopicCollection.ofTopicIds(List.of(id))).all();
        });
        say("delete an unknown id", () -> admin.deleteTopics(
                TopicCollection.ofTopicIds(List.of(Uuid.fromString("AAAAAAAAAAAAAAAAAAAAQQ")))).all());
        say("delete, one good and one missing", () -> outcomes(admin.deleteTopics(
                List.of("admin-a", "admin-missing"), new DeleteTopicsOptions().retryOnQuotaViolation(false))
                .topicNameValues()));
        say("delete the rest", () -> admin.deleteTopics(List.of("admin-assigned")).all());
        say("list", () -> {
            // A cluster may take a moment to forget a topic.
            for (int i = 0; i < 50 && admin.listTopics().names().get().contains("admin-assigned"); i++) Thread.sleep(50);
            return admin.listTopics().names().get().stream().filter(name -> name.startsWith("admin")).sorted().toList();
        });
    }

    private static Map<String, String> outcomes(Map<String, ? extends KafkaFuture<?>> futures) throws Exception {
        Map<String, String> outcomes = new TreeMap<>();
        for (var entry : futures.entrySet()) {
            try {
                entry.getValue().get();
                outcomes.put(entry.getKey(), "done");
            } catch (ExecutionException e) {
                outcomes.put(entry.getKey(), describe(e.getCause()));
            }
        }
        return outcomes;
    }

    private static void say(String what, Call call) {
        String outcome;
        try {
            Object result = call.get();
            if (result instanceof KafkaFuture<?> future) result = future.get();
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
