import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.PrintStream;
import java.lang.reflect.InvocationTargetException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.kafka.common.utils.Exit;

/**
 * Runs Kafka's command line tools one after the other in one JVM, because a JVM for each would cost a test run minutes.
 * Reads one request a line, {"class":"…","args":["…"],"stdin":"…","timeoutMs":60000}, and answers each with one line,
 * {"exitCode":0,"output":"…","stdout":"…","stderr":"…"}; in the output both come together, as on a terminal.
 */
public final class ToolRunner {
    private static final Redirect output = new Redirect();
    private static final Half stdout = new Half();
    private static final Half stderr = new Half();

    /** Ends a tool instead of the JVM. An Error, so that tools that catch exceptions let it pass. */
    private static final class ToolExit extends Error {
        ToolExit() {
            super("the tool asked to exit", null, false, false);
        }
    }

    /** Tools keep the stream that they find first (Scala's Console does), so the stream stays and its target changes. */
    private static final class Redirect extends OutputStream {
        private ByteArrayOutputStream target = new ByteArrayOutputStream();
        /** A thread that asked to exit would never run on, but ours does, until its stack is unwound. */
        private Thread exited;

        @Override
        public synchronized void write(int b) {
            if (Thread.currentThread() != exited) target.write(b);
        }

        @Override
        public synchronized void write(byte[] bytes, int offset, int length) {
            if (Thread.currentThread() != exited) target.write(bytes, offset, length);
        }

        synchronized void mute(Thread thread) {
            exited = thread;
        }

        synchronized String take() {
            String text = target.toString(StandardCharsets.UTF_8);
            target = new ByteArrayOutputStream();
            return text;
        }
    }

    /** What goes to one of both, and to the output. */
    private static final class Half extends OutputStream {
        private final Redirect own = new Redirect();

        @Override
        public void write(int b) {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) {
            output.write(bytes, offset, length);
            own.write(bytes, offset, length);
        }
    }

    private static volatile Integer exitCode;
    private static final List<Runnable> shutdownHooks = new CopyOnWriteArrayList<>();

    public static void main(String[] ignored) throws Exception {
        PrintStream answers = new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);
        BufferedReader requests = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        System.setOut(new PrintStream(stdout, true, StandardCharsets.UTF_8));
        System.setErr(new PrintStream(stderr, true, StandardCharsets.UTF_8));
        Exit.Procedure exit = (code, message) -> {
            if (exitCode == null) exitCode = code;
            if (message != null) System.err.println(message);
            for (Redirect part : new Redirect[] {output, stdout.own, stderr.own}) part.mute(Thread.currentThread());
            throw new ToolExit();
        };
        Exit.setExitProcedure(exit);
        Exit.setHaltProcedure(exit);
        Exit.setShutdownHookAdder((name, hook) -> shutdownHooks.add(hook));
        ObjectMapper json = new ObjectMapper();
        for (String line = requests.readLine(); line != null; line = requests.readLine()) {
            ObjectNode answer = json.createObjectNode();
            answer.put("exitCode", run(json.readTree(line)));
            answer.put("output", output.take());
            answer.put("stdout", stdout.own.take());
            answer.put("stderr", stderr.own.take());
            answers.println(json.writeValueAsString(answer));
        }
        Runtime.getRuntime().halt(0);
    }

    private static int run(JsonNode request) throws InterruptedException {
        System.setIn(new ByteArrayInputStream(request.get("stdin").asText().getBytes(StandardCharsets.UTF_8)));
        List<String> args = new ArrayList<>();
        request.get("args").forEach(arg -> args.add(arg.asText()));
        exitCode = null;
        Thread tool = new Thread(() -> invoke(request.get("class").asText(), args.toArray(String[]::new)));
        tool.setDaemon(true);
        tool.start();
        tool.join(request.get("timeoutMs").asLong());
        if (tool.isAlive()) {
            System.err.println("the tool did not end in time; it stands at");
            for (StackTraceElement frame : tool.getStackTrace()) System.err.println("  " + frame);
            tool.interrupt();
            return -1;
        }
        for (Runnable hook : shutdownHooks) hook.run();
        shutdownHooks.clear();
        return exitCode == null ? 0 : exitCode;
    }

    private static void invoke(String className, String[] args) {
        try {
            Class.forName(className).getMethod("main", String[].class).invoke(null, (Object) args);
        } catch (InvocationTargetException e) {
            if (e.getCause() instanceof ToolExit) return;
            // What the JVM does with an exception that leaves main.
            if (exitCode == null) exitCode = 1;
            System.err.print("Exception in thread \"main\" ");
            e.getCause().printStackTrace();
        } catch (ReflectiveOperationException e) {
            exitCode = -1;
            e.printStackTrace();
        }
    }
}
