package io.headgate.gateway.datasets;

import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactory;
import io.r2dbc.spi.ConnectionFactoryMetadata;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;

/** Connections of which it is known what was said on them, and whether they came back. */
final class Watched implements ConnectionFactory {

    final List<String> statements = new CopyOnWriteArrayList<>();
    final AtomicInteger open = new AtomicInteger();
    private final ConnectionFactory target;

    Watched(ConnectionFactory target) {
        this.target = target;
    }

    @Override
    public Mono<Connection> create() {
        return Mono.from(target.create()).map(connection -> {
            open.incrementAndGet();
            return watched(connection);
        });
    }

    private Connection watched(Connection connection) {
        return (Connection) Proxy.newProxyInstance(
                Watched.class.getClassLoader(), new Class<?>[] {Connection.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("createStatement")) {
                        statements.add((String) arguments[0]);
                    }
                    try {
                        Object result = method.invoke(connection, arguments);
                        return method.getName().equals("close")
                                ? Mono.from((Publisher<?>) result).doFinally(signal -> open.decrementAndGet())
                                : result;
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    @Override
    public ConnectionFactoryMetadata getMetadata() {
        return target.getMetadata();
    }
}
