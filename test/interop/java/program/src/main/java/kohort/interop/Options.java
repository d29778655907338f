package kohort.interop;

import java.util.HashMap;
import java.util.Map;

/** Command line options of the form name=value; the names are those of test/interop/support/client.ts. */
final class Options {
    private final Map<String, String> values = new HashMap<>();

    Options(String[] args, int from) {
        for (int i = from; i < args.length; i++) {
            int equals = args[i].indexOf('=');
            values.put(args[i].substring(0, equals), args[i].substring(equals + 1));
        }
    }

    boolean has(String name) {
        return values.containsKey(name);
    }

    String text(String name) {
        String value = values.get(name);
        if (value == null) throw new IllegalArgumentException("option " + name + " is missing");
        return value;
    }

    int number(String name) {
        return Integer.parseInt(text(name));
    }
}
