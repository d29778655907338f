import org.apache.kafka.clients.consumer.KafkaConsumer;

/** Ctrl-C makes poll() throw WakeupException, so that the consumer is closed and leaves its group at once. */
class Shutdown {
    static void wakesUp(KafkaConsumer<?, ?> consumer) {
        Thread main = Thread.currentThread();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            consumer.wakeup();
            try {
                main.join();
            } catch (InterruptedException e) {
                // The process ends anyway; the group notices after the session timeout.
            }
        }));
    }
}
