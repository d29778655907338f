package kohort.interop;

/** Runs until it has finished or is asked to end (SIGTERM), and then closes its client in an orderly way. */
public final class Main {
    static volatile boolean stopping = false;

    private Main() {}

    public static void main(String[] args) throws InterruptedException {
        Thread main = Thread.currentThread();
        Thread onSignal = new Thread(() -> {
            stopping = true;
            try {
                main.join();
            } catch (InterruptedException e) {
                // The JVM ends anyway.
            }
            Runtime.getRuntime().halt(0);
        });
        Runtime.getRuntime().addShutdownHook(onSignal);
        Options options = new Options(args, 1);
        try {
            switch (args[0]) {
                case "consume" -> new GroupConsumer(options).run();
                case "produce" -> new RecordProducer(options).run();
                case "transact" -> new TransactionalProducer(options).run();
                default -> throw new IllegalArgumentException("consume, produce or transact, not " + args[0]);
            }
        } catch (RuntimeException e) {
            Events.error(e);
            e.printStackTrace();
            Runtime.getRuntime().halt(1);
        }
    }
}
