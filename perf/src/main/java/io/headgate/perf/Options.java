package io.headgate.perf;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The command line: names of benches or drills, and {@code --name value} pairs out of {@link #DEFAULTS}. */
record Options(List<String> benches, Map<String, String> settings) {

    static final Map<String, String> DEFAULTS = defaults();

    /** What a command can be asked for, and what it does where nothing is named. */
    record Menu(Set<String> names, List<String> ifNone) {}

    /** The drill that counts what reached the audit; the others take a part away. */
    static final String AUDIT = "audit";

    static final Menu BENCHES = new Menu(
            Set.of(
                    "P1", "P2", "P3", "P4", "P5", "P6", "P7", "P8", "P9", "P10", "P12", "bodies", "changes", "clients",
                    "filters", "hits", "pages"),
            List.of("P1", "P2", "P3", "P12"));
    static final Menu DRILLS = new Menu(
            Set.of("postgres", "redis", "kafka", "issuer", "instance", AUDIT),
            List.of("postgres", "redis", "kafka", "issuer", "instance", AUDIT));

    private static Map<String, String> defaults() {
        var defaults = new LinkedHashMap<String, String>();
        defaults.put("rounds", "5");
        defaults.put("seconds", "8");
        defaults.put("warm-up", "60");
        defaults.put("connections", "64");
        defaults.put("routes", "10000");
        defaults.put("rate", "0");
        defaults.put("changes", "1000");
        defaults.put("beside", "0");
        defaults.put("reads", "100000");
        defaults.put("mib", "2048");
        defaults.put("out", "");
        defaults.put("headgate", "");
        defaults.put("launcher", "./headgate");
        defaults.put("peers", "");
        defaults.put("jvm", "-Xms512m -Xmx512m -XX:+UseSerialGC -XX:+UseCompactObjectHeaders");
        return defaults;
    }

    static Options parse(Menu menu, String... args) {
        var benches = new ArrayList<String>();
        var settings = new LinkedHashMap<>(DEFAULTS);
        for (int i = 0; i < args.length; i++) {
            if (!args[i].startsWith("--")) {
                benches.add(named(menu, args[i]));
                continue;
            }
            String name = args[i].substring(2);
            if (!DEFAULTS.containsKey(name) || i + 1 == args.length) {
                throw new IllegalArgumentException(
                        args[i] + " (expected one of --" + String.join(" V, --", DEFAULTS.keySet()) + " V)");
            }
            settings.put(name, args[++i]);
        }
        return new Options(benches.isEmpty() ? menu.ifNone() : benches, settings);
    }

    private static String named(Menu menu, String name) {
        return menu.names().stream()
                .filter(known -> known.equalsIgnoreCase(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(name + " (expected: "
                        + String.join(", ", menu.names().stream().sorted().toList()) + ")"));
    }

    String text(String name) {
        String value = settings.get(name);
        if (value == null) {
            throw new IllegalArgumentException("no option " + name);
        }
        return value;
    }

    int number(String name, int from, int to) {
        try {
            return Expect.within("--" + name, Integer.parseInt(text(name)), from, to);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("--%s: %s (expected: %d..%d)".formatted(name, text(name), from, to), e);
        }
    }

    Duration seconds(String name) {
        return Duration.ofSeconds(number(name, 1, 600));
    }

    int rounds() {
        return number("rounds", 1, 100);
    }

    int connections() {
        return number("connections", 1, 10_000);
    }
}
