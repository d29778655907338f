import java.util.*;
import java.util.stream.*;
import org.apache.kafka.clients.consumer.*;
import org.apache.kafka.clients.consumer.ConsumerPartitionAssignor.*;
import org.apache.kafka.common.*;

/** Prints assignments by Apache Kafka's client-side assignors of members and replicas on racks (KIP-881), one JSON object a line: chains of changes. */
public class RackAssignments {
    static final Random random = new Random(881);
    record Member(String id, String instanceId, String rack, List<String> topics) {}
    record Owned(List<TopicPartition> partitions, int generation) {}

    public static void main(String[] args) {
        int cases = 0;
        for (int chain = 0; chain < 40; chain++) {
            boolean homogeneous = chain % 2 == 0;
            int rackCount = 2 + random.nextInt(3);
            List<Node> nodes = new ArrayList<>();
            for (int i = 0; i < rackCount * 2; i++) nodes.add(new Node(i, "h", i, chain % 7 == 6 && i == 0 ? null : "r" + i % rackCount));
            // Some topics have the same number of partitions: range keeps those together.
            Map<String, List<List<Node>>> topics = new TreeMap<>();
            int topicCount = 1 + random.nextInt(4);
            int common = 1 + random.nextInt(9);
            for (int i = 0; i < topicCount; i++) {
                int partitions = random.nextBoolean() ? common : 1 + random.nextInt(14);
                int replication = 1 + random.nextInt(Math.min(3, rackCount));
                List<List<Node>> replicas = new ArrayList<>();
                for (int p = 0; p < partitions; p++) {
                    List<Node> shuffled = new ArrayList<>(nodes);
                    Collections.shuffle(shuffled, random);
                    replicas.add(shuffled.subList(0, replication));
                }
                topics.put("t" + i, replicas);
            }
            List<Member> members = new ArrayList<>();
            Map<String, Owned> owned = new HashMap<>();
            int next = 0;
            for (int step = 0; step < 6; step++) {
                if (members.isEmpty() || random.nextInt(3) < 2) {
                    int count = 1 + random.nextInt(step == 0 ? 6 : 3);
                    for (int i = 0; i < count; i++, next++) {
                        List<String> subscription = homogeneous ? List.copyOf(topics.keySet())
                            : topics.keySet().stream().filter(t -> random.nextInt(3) > 0).collect(Collectors.toList());
                        // 'r9' has no replica; some members do not say where they are.
                        String rack = random.nextInt(8) == 0 ? null : random.nextInt(12) == 0 ? "r9" : "r" + random.nextInt(rackCount);
                        members.add(new Member(name(next), random.nextInt(5) == 0 ? "i-" + (90 - next) : null, rack, subscription));
                    }
                } else if (members.size() > 1) members.remove(random.nextInt(members.size()));

                List<PartitionInfo> infos = new ArrayList<>();
                topics.forEach((topic, replicas) -> {
                    for (int p = 0; p < replicas.size(); p++) {
                        Node[] of = replicas.get(p).toArray(new Node[0]);
                        infos.add(new PartitionInfo(topic, p, of[0], of, of));
                    }
                });
                Cluster cluster = new Cluster("c", nodes, infos, Set.of(), Set.of());
                Map<String, Subscription> subscriptions = new HashMap<>();
                for (Member m : members) {
                    Owned had = owned.getOrDefault(m.id(), new Owned(List.of(), -1));
                    Subscription s = new Subscription(m.topics(), null, had.partitions(), had.generation(), Optional.ofNullable(m.rack()));
                    s.setGroupInstanceId(Optional.ofNullable(m.instanceId()));
                    subscriptions.put(m.id(), s);
                }
                StringBuilder out = new StringBuilder("{\"case\":" + cases++ + ",\"racks\":{" + topics.entrySet().stream()
                    .map(e -> quoted(e.getKey()) + ":" + e.getValue().stream().map(replicas -> replicas.stream().map(Node::rack)
                        .filter(Objects::nonNull).distinct().map(RackAssignments::quoted).collect(Collectors.joining(",", "[", "]")))
                        .collect(Collectors.joining(",", "[", "]"))).collect(Collectors.joining(",")) + "},\"members\":[");
                out.append(members.stream().map(m -> {
                    Owned had = owned.getOrDefault(m.id(), new Owned(List.of(), -1));
                    return "{\"memberId\":" + quoted(m.id()) + ",\"groupInstanceId\":" + quoted(m.instanceId()) + ",\"rackId\":" + quoted(m.rack())
                        + ",\"topics\":" + m.topics().stream().map(RackAssignments::quoted).collect(Collectors.joining(",", "[", "]"))
                        + ",\"owned\":" + printed(had.partitions()) + ",\"generation\":" + had.generation() + "}";
                }).collect(Collectors.joining(",")) + "]");
                Map<String, Assignment> last = null;
                for (ConsumerPartitionAssignor assignor : List.of(new RangeAssignor(), new CooperativeStickyAssignor())) {
                    last = assignor.assign(cluster, new GroupSubscription(subscriptions)).groupAssignment();
                    Map<String, Assignment> sorted = new TreeMap<>(last);
                    out.append("," + quoted(assignor.name()) + ":{" + sorted.entrySet().stream()
                        .map(e -> quoted(e.getKey()) + ":" + printed(e.getValue().partitions())).collect(Collectors.joining(",")) + "}");
                }
                System.out.println(out.append("}"));
                owned.clear();
                for (Map.Entry<String, Assignment> e : last.entrySet()) owned.put(e.getKey(), new Owned(sorted(e.getValue().partitions()), step));
            }
        }
    }

    static String name(int i) { return "m-" + Integer.toHexString((i + 1) * 7919 % 65536); }
    static String quoted(String text) { return text == null ? "null" : "\"" + text + "\""; }
    static List<TopicPartition> sorted(List<TopicPartition> partitions) {
        return partitions.stream().sorted(Comparator.comparing(TopicPartition::topic).thenComparing(TopicPartition::partition)).collect(Collectors.toList());
    }
    static String printed(List<TopicPartition> partitions) {
        return sorted(partitions).stream().map(tp -> quoted(tp.topic() + "-" + tp.partition())).collect(Collectors.joining(",", "[", "]"));
    }
}
