package io.headgate.export;

import io.netty.resolver.AddressResolver;
import io.netty.resolver.AddressResolverGroup;
import io.netty.resolver.InetNameResolver;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Promise;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Map;

/** Names that lead where a test wants them to. */
final class FakeNames extends AddressResolverGroup<InetSocketAddress> {

    private final Map<String, List<String>> names;

    FakeNames(Map<String, List<String>> names) {
        this.names = names;
    }

    @Override
    protected AddressResolver<InetSocketAddress> newResolver(EventExecutor executor) {
        return new InetNameResolver(executor) {
            @Override
            protected void doResolve(String name, Promise<InetAddress> promise) {
                if (names.containsKey(name)) {
                    promise.setSuccess(InetAddress.ofLiteral(names.get(name).getFirst()));
                } else {
                    promise.setFailure(new UnknownHostException(name));
                }
            }

            @Override
            protected void doResolveAll(String name, Promise<List<InetAddress>> promise) {
                if (names.containsKey(name)) {
                    promise.setSuccess(
                            names.get(name).stream().map(InetAddress::ofLiteral).toList());
                } else {
                    promise.setFailure(new UnknownHostException(name));
                }
            }
        }.asAddressResolver();
    }
}
