import java.util.*;
import java.util.stream.*;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.coordinator.group.api.assignor.*;
import org.apache.kafka.coordinator.group.assignor.*;
import org.apache.kafka.coordinator.group.modern.*;

/** Prints assignments by Apache Kafka's server-side assignors, one JSON object a line: chains of changes from an empty assignment. */
public class ServerAssignments {
    static final Random random = new Random(848);
    record Member(String id, String instanceId, Set<Uuid> topics) {}

    public static void main(String[] args) {
        int cases = 0;
        for (int chain = 0; chain < 60; chain++) {
            boolean homogeneous = chain % 2 == 0;
            Map<Uuid, Integer> topics = new LinkedHashMap<>();
            int topicCount = 1 + random.nextInt(chain % 3 == 0 ? 14 : 5);
            for (int i = 0; i < topicCount; i++) topics.put(uuid(), 1 + random.nextInt(chain % 5 == 0 ? 70 : 12));
            List<Member> members = new ArrayList<>();
            int next = 0;
            Map<String, Map<String, Map<Uuid, Set<Integer>>>> targets = new HashMap<>();
            targets.put("uniform", Map.of());
            targets.put("range", Map.of());
            for (int step = 0; step < 6; step++) {
                int kind = random.nextInt(5);
                if (members.isEmpty() || kind < 3) {
                    int count = 1 + random.nextInt(step == 0 ? 6 : 3);
                    for (int i = 0; i < count; i++, next++) {
                        Set<Uuid> subscription = homogeneous ? topics.keySet() : subset(topics.keySet());
                        members.add(new Member(name(next), random.nextInt(4) == 0 ? "instance-" + (90 - next) : null, subscription));
                    }
                } else if (kind == 3 && members.size() > 1) {
                    members.remove(random.nextInt(members.size()));
                } else {
                    Uuid grown = topics.keySet().iterator().next();
                    topics.merge(grown, 1 + random.nextInt(4), Integer::sum);
                }
                boolean same = members.stream().map(m -> m.topics()).distinct().count() == 1;
                String before = null;
                StringBuilder out = new StringBuilder();
                for (String name : List.of("uniform", "range")) {
                    Map<String, MemberSubscriptionAndAssignmentImpl> specs = new HashMap<>();
                    Map<Uuid, Map<Integer, String>> inverted = new HashMap<>();
                    for (Member m : members) {
                        Map<Uuid, Set<Integer>> old = fromRecord(targets.get(name).getOrDefault(m.id(), Map.of()));
                        specs.put(m.id(), new MemberSubscriptionAndAssignmentImpl(Optional.empty(),
                            Optional.ofNullable(m.instanceId()), m.topics(), new Assignment(old)));
                        old.forEach((topic, partitions) -> partitions.forEach(p ->
                            inverted.computeIfAbsent(topic, __ -> new HashMap<>()).put(p, m.id())));
                    }
                    GroupSpecImpl spec = new GroupSpecImpl(specs, same ? SubscriptionType.HOMOGENEOUS : SubscriptionType.HETEROGENEOUS, inverted);
                    ConsumerGroupPartitionAssignor assignor = name.equals("uniform") ? new UniformAssignor() : new RangeAssignor();
                    GroupAssignment result = assignor.assign(spec, new SubscribedTopicDescriber() {
                        public int numPartitions(Uuid topic) { return topics.getOrDefault(topic, -1); }
                        public Set<String> racksForPartition(Uuid topic, int partition) { return Set.of(); }
                        public Set<Integer> assignablePartitions(Uuid topic) { return Set.of(); }
                    });
                    Map<String, Map<Uuid, Set<Integer>>> target = new TreeMap<>();
                    for (Member m : members) {
                        MemberAssignment a = result.members().get(m.id());
                        target.put(m.id(), a == null ? Map.of() : a.partitions());
                    }
                    out.append(",\"").append(name).append("\":").append(assignments(target));
                    targets.put(name, target);
                }
                System.out.println("{\"chain\":" + chain + ",\"step\":" + step + ",\"homogeneous\":" + same
                    + ",\"topics\":{" + topics.entrySet().stream().map(e -> "\"" + e.getKey() + "\":" + e.getValue()).collect(Collectors.joining(",")) + "}"
                    + ",\"members\":[" + members.stream().map(m -> "{\"memberId\":\"" + m.id() + "\",\"instanceId\":"
                        + (m.instanceId() == null ? "null" : "\"" + m.instanceId() + "\"") + ",\"topics\":["
                        + m.topics().stream().map(t -> "\"" + t + "\"").collect(Collectors.joining(",")) + "]}").collect(Collectors.joining(",")) + "]"
                    + out + "}");
            }
        }
    }

    static String name(int i) { return random.nextBoolean() ? "m" + i : new UUID(random.nextLong(), random.nextLong()).toString(); }
    static Uuid uuid() { return new Uuid(random.nextLong(), random.nextLong()); }
    static Set<Uuid> subset(Set<Uuid> all) {
        Set<Uuid> some = new HashSet<>(all.stream().filter(t -> random.nextInt(3) > 0).toList());
        return some.isEmpty() ? new HashSet<>(all) : some;
    }
    static Map<Uuid, Set<Integer>> fromRecord(Map<Uuid, Set<Integer>> map) {
        Map<Uuid, Set<Integer>> copy = new HashMap<>();
        map.forEach((topic, partitions) -> copy.put(topic, new HashSet<>(new TreeSet<>(partitions))));
        return Collections.unmodifiableMap(copy);
    }
    static String assignments(Map<String, Map<Uuid, Set<Integer>>> target) {
        return target.entrySet().stream().map(e -> "\"" + e.getKey() + "\":{" + e.getValue().entrySet().stream()
            .map(t -> "\"" + t.getKey() + "\":" + new TreeSet<>(t.getValue())).collect(Collectors.joining(",")) + "}")
            .collect(Collectors.joining(",", "{", "}"));
    }
}
