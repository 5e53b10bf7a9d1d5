package io.headgate.reads;

import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactory;
import io.r2dbc.spi.ConnectionFactoryMetadata;
import io.r2dbc.spi.Result;
import io.r2dbc.spi.Statement;
import io.r2dbc.spi.Wrapped;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** A server whose connections come, are found alive and answer when a test says so. */
final class FakeServer implements ConnectionFactory {

    /** One connection, and what was said on it. */
    static final class Line {
        final List<String> said = new CopyOnWriteArrayList<>();
        volatile boolean isClosed;
    }

    final List<Line> lines = new CopyOnWriteArrayList<>();
    volatile Mono<Void> opening = Mono.empty();
    volatile Mono<Void> checking = Mono.empty();
    volatile Function<String, Flux<Result>> answer = _ -> Flux.empty();
    private final Map<Connection, Line> byConnection = new ConcurrentHashMap<>();

    /** Whose line is beneath, however often it is wrapped. */
    Line line(Connection connection) {
        Object bare = connection;
        while (bare instanceof Wrapped<?> wrapped) {
            bare = wrapped.unwrap();
        }
        return Objects.requireNonNull(byConnection.get(bare));
    }

    long open() {
        return lines.stream().filter(line -> !line.isClosed).count();
    }

    @Override
    public Mono<Connection> create() {
        return Mono.defer(() -> opening).then(Mono.fromCallable(this::connection));
    }

    private Connection connection() {
        var line = new Line();
        Connection connection = proxy(Connection.class, (name, argument) -> switch (name) {
            case "validate" -> Mono.defer(() -> checking).then(Mono.fromCallable(() -> !line.isClosed));
            case "createStatement" -> statement(line, (String) argument);
            case "rollbackTransaction" -> Mono.fromRunnable(() -> line.said.add("ROLLBACK"));
            case "close" -> Mono.fromRunnable(() -> line.isClosed = true);
            default -> throw new UnsupportedOperationException(name);
        });
        byConnection.put(connection, line);
        lines.add(line);
        return connection;
    }

    private Statement statement(Line line, String sql) {
        return proxy(
                Statement.class,
                (_, _) -> Flux.defer(() -> {
                    line.said.add(sql);
                    return answer.apply(sql);
                }));
    }

    private interface Behaviour {
        Object of(String method, Object argument);
    }

    private static <T> T proxy(Class<T> type, Behaviour behaviour) {
        return type.cast(Proxy.newProxyInstance(
                FakeServer.class.getClassLoader(),
                new Class<?>[] {type},
                (proxy, method, arguments) -> switch (method.getName()) {
                    case "equals" -> proxy == arguments[0];
                    case "hashCode" -> System.identityHashCode(proxy);
                    case "toString" -> "a fake " + type.getSimpleName();
                    default -> behaviour.of(method.getName(), arguments == null ? "" : arguments[0]);
                }));
    }

    @Override
    public ConnectionFactoryMetadata getMetadata() {
        return () -> "fake";
    }
}
