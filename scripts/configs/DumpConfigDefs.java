import com.fasterxml.jackson.databind.ObjectMapper;
import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.coordinator.group.GroupConfig;
import org.apache.kafka.server.config.AbstractKafkaConfig;
import org.apache.kafka.server.config.QuotaConfig;
import org.apache.kafka.server.config.ServerTopicConfigSynonyms;
import org.apache.kafka.server.metrics.ClientMetricsConfigs;
import org.apache.kafka.storage.internals.log.LogConfig;

/** Prints what the jars of Apache Kafka say of their configs as JSON: scripts/generate-configs.js makes kohort's table from it. */
public class DumpConfigDefs {
    public static void main(String[] args) throws Exception {
        Map<String, Object> out = new LinkedHashMap<>();
        out.put("broker", keys(AbstractKafkaConfig.CONFIG_DEF));
        out.put("brokerQuota", keys(QuotaConfig.brokerQuotaConfigs()));
        out.put("topic", keys(LogConfig.configDefCopy()));
        out.put("group", keys(GroupConfig.configDef()));
        out.put("clientMetrics", keys(ClientMetricsConfigs.configDef()));
        out.put("topicSynonyms", topicSynonyms());
        out.put("groupSynonyms", groupSynonyms());
        // The Scala object's method is public in bytecode only.
        Class<?> dynamic = Class.forName("kafka.server.DynamicBrokerConfig$");
        Object module = dynamic.getField("MODULE$").get(null);
        out.put("updateModes", new TreeMap<>((Map<?, ?>) dynamic.getMethod("dynamicConfigUpdateModes").invoke(module)));
        out.put("perListenerOnly", new TreeSet<>(org.apache.kafka.common.config.SslConfigs.RECONFIGURABLE_CONFIGS));
        System.out.println(new ObjectMapper().writerWithDefaultPrettyPrinter().writeValueAsString(out));
    }

    private static List<Object> keys(ConfigDef def) throws Exception {
        List<Object> keys = new ArrayList<>();
        for (ConfigDef.ConfigKey key : new TreeMap<>(def.configKeys()).values()) {
            Map<String, Object> row = new LinkedHashMap<>();
            row.put("name", key.name);
            row.put("type", key.type.toString());
            row.put("required", !key.hasDefault());
            row.put("default", key.hasDefault() ? ConfigDef.convertToString(key.defaultValue, key.type) : null);
            row.put("importance", key.importance.toString());
            row.put("internal", key.internalConfig);
            row.put("documentation", key.documentation);
            if (key.validator != null) row.put("validator", validator(key.validator));
            keys.add(row);
        }
        return keys;
    }

    private static Map<String, Object> validator(ConfigDef.Validator validator) throws Exception {
        Map<String, Object> out = new LinkedHashMap<>();
        out.put("class", validator.getClass().getName());
        out.put("text", validator.toString());
        if (validator instanceof ConfigDef.Range) {
            out.put("min", text(field(validator, "min")));
            out.put("max", text(field(validator, "max")));
        } else if (validator instanceof ConfigDef.ValidString || validator instanceof ConfigDef.CaseInsensitiveValidString) {
            out.put("values", field(validator, "validStrings"));
        } else if (validator instanceof ConfigDef.ValidList) {
            out.put("values", field(field(validator, "validString"), "validStrings"));
            out.put("emptyAllowed", field(validator, "isEmptyAllowed"));
            out.put("nullAllowed", field(validator, "isNullAllowed"));
        } else if (validator instanceof ConfigDef.CompositeValidator) {
            List<Object> parts = new ArrayList<>();
            for (Object part : (List<?>) field(validator, "validators")) parts.add(validator((ConfigDef.Validator) part));
            out.put("parts", parts);
        }
        return out;
    }

    /** Broker configs behind each topic config, the first one first, and what to multiply their values with. */
    private static Map<String, Object> topicSynonyms() {
        Map<String, Object> out = new TreeMap<>();
        ServerTopicConfigSynonyms.ALL_TOPIC_CONFIG_SYNONYMS.forEach((topic, synonyms) -> {
            List<Object> list = new ArrayList<>();
            synonyms.forEach(synonym -> list.add(Map.of("name", synonym.name(), "factor", synonym.converter().apply("1"))));
            out.put(topic, list);
        });
        return out;
    }

    /** The broker config behind each group config that has one: found by giving each candidate a value of its own. */
    private static Map<String, Object> groupSynonyms() {
        Map<String, Object> props = new LinkedHashMap<>(Map.of(
            "node.id", "1", "process.roles", "broker", "controller.listener.names", "C", "controller.quorum.voters", "2@localhost:1",
            "listener.security.protocol.map", "C:PLAINTEXT,PLAINTEXT:PLAINTEXT"));
        Map<Integer, String> names = new TreeMap<>();
        for (String kind : List.of("consumer", "share")) {
            for (String rest : List.of("session.timeout.ms", "heartbeat.interval.ms", "record.lock.duration.ms")) {
                String name = "group." + kind + "." + rest;
                ConfigDef.ConfigKey key = AbstractKafkaConfig.CONFIG_DEF.configKeys().get(name);
                if (key == null) continue;
                int value = (Integer) key.defaultValue + 1 + names.size();
                names.put(value, name);
                props.put(name, String.valueOf(value));
            }
        }
        kafka.server.KafkaConfig config = new kafka.server.KafkaConfig(props, false);
        Map<String, Object> out = new TreeMap<>();
        config.groupCoordinatorConfig().extractGroupConfigMap(config.shareGroupConfig()).forEach((group, value) -> {
            if (!names.containsKey(value)) throw new IllegalStateException("no broker config known for " + group);
            out.put(group, names.get(value));
        });
        return out;
    }

    private static Object field(Object target, String name) throws Exception {
        Field field = target.getClass().getDeclaredField(name);
        field.setAccessible(true);
        return field.get(target);
    }

    private static String text(Object value) {
        return value == null ? null : value.toString();
    }
}
