package io.headgate.local;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** What {@code up} is asked for: a flag wins over its environment variable, and that over the default. */
record Settings(Path root, Places places, int instances, int heapMib, long rows, Map<StackPort, Integer> ports) {

    static final Set<String> FLAGS = flags();

    private static final String INSTANCES = "--instances";
    private static final String HEAP = "--heap";
    private static final String ROWS = "--rows";
    private static final String OFFSET = "--port-offset";
    private static final int MAX_INSTANCES = 8;
    private static final int MIN_HEAP = 128;
    private static final int MAX_HEAP = 65_536;
    private static final int DEFAULT_HEAP = 512;
    private static final long MAX_ROWS = 100_000_000;
    private static final long DEFAULT_ROWS = 300_000;
    private static final int MAX_PORT = 65_535;

    private static Set<String> flags() {
        Set<String> flags = new HashSet<>(Set.of("--instances", "--heap", "--rows", "--port-offset"));
        for (StackPort port : StackPort.values()) {
            flags.add(port.flag());
        }
        return Set.copyOf(flags);
    }

    static Settings of(Options options, Map<String, String> environment) {
        Path root = Path.of(environment.getOrDefault("HEADGATE_ROOT", "."))
                .toAbsolutePath()
                .normalize();
        Path home = Optional.ofNullable(environment.get("HEADGATE_HOME"))
                .filter(value -> !value.isBlank())
                .map(Path::of)
                .orElse(root.resolve(".headgate"));
        int offset = (int) number(options, environment, OFFSET, "HEADGATE_PORT_OFFSET", 0, 0, 50_000);
        Map<StackPort, Integer> ports = new EnumMap<>(StackPort.class);
        for (StackPort port : StackPort.values()) {
            ports.put(port, (int)
                    number(options, environment, port.flag(), port.variable(), port.standard() + offset, 1, MAX_PORT));
        }
        return new Settings(
                root,
                Places.under(home),
                (int) number(options, environment, INSTANCES, "HEADGATE_INSTANCES", 1, 0, MAX_INSTANCES),
                (int) number(options, environment, HEAP, "HEADGATE_HEAP", DEFAULT_HEAP, MIN_HEAP, MAX_HEAP),
                number(options, environment, ROWS, "HEADGATE_ROWS", DEFAULT_ROWS, 1, MAX_ROWS),
                ports);
    }

    private static long number(
            Options options,
            Map<String, String> environment,
            String flag,
            String variable,
            long otherwise,
            long min,
            long max) {
        return options.value(flag)
                .map(text -> Options.number(flag, text, min, max))
                .or(() -> Optional.ofNullable(environment.get(variable))
                        .map(text -> Options.number(variable, text, min, max)))
                .orElse(otherwise);
    }

    int port(StackPort port) {
        return ports.getOrDefault(port, port.standard());
    }

    /** A port of the k-th gateway. */
    int port(StackPort port, int instance) {
        return port(port) + instance * StackPort.INSTANCE_STEP;
    }

    String issuerUrl() {
        return "http://" + Ports.HOST + ":" + port(StackPort.ISSUER);
    }

    /** A port, who listens there, and how to have another. */
    record Listener(int port, String who, StackPort setting) {

        @Override
        public String toString() {
            return who + "; another one: " + setting.flag() + " or " + setting.variable();
        }
    }

    List<Listener> listeners() {
        List<Listener> listeners = new ArrayList<>();
        for (StackPort port : StackPort.values()) {
            boolean ofGateways = port == StackPort.EDGE || port == StackPort.ADMIN || port == StackPort.GRPC;
            for (int k = 0; k < (ofGateways ? instances : 1); k++) {
                listeners.add(
                        new Listener(port(port, k), ofGateways ? port.word() + " of gateway-" + k : port.word(), port));
            }
        }
        return listeners;
    }
}
