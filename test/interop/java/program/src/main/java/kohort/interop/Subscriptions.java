package kohort.interop;

import java.lang.reflect.InvocationTargetException;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;

/** What newer versions of kafka-clients have and older ones, which this program is built against too, do not. */
final class Subscriptions {
    private Subscriptions() {}

    /** A regular expression that the broker evaluates: SubscriptionPattern of Kafka 4. */
    static void byRegex(Consumer<?, ?> consumer, String regex, ConsumerRebalanceListener listener) {
        try {
            Class<?> type = Class.forName("org.apache.kafka.clients.consumer.SubscriptionPattern");
            Object pattern = type.getConstructor(String.class).newInstance(regex);
            Consumer.class.getMethod("subscribe", type, ConsumerRebalanceListener.class).invoke(consumer, pattern, listener);
        } catch (InvocationTargetException e) {
            throw new IllegalStateException(e.getCause());
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }
}
