package io.headgate.api;

import io.netty.resolver.AbstractAddressResolver;
import io.netty.resolver.AddressResolver;
import io.netty.resolver.AddressResolverGroup;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.function.Predicate;

/**
 * Resolves the names that others wrote, and refuses addresses that are not to be called. It looks at the very addresses
 * that the connection then uses, so that a name cannot lead to one place when it is checked and to another when it is
 * called. Literal addresses pass through it as well.
 */
public final class AddressGuard extends AddressResolverGroup<InetSocketAddress> {

    public static final class ForbiddenAddressException extends UnknownHostException {
        private static final long serialVersionUID = 1;

        ForbiddenAddressException() {
            super("leads to an address that is not called");
        }

        @Override
        public synchronized Throwable fillInStackTrace() {
            return this;
        }
    }

    private final AddressResolverGroup<?> names;
    private final Predicate<InetSocketAddress> mayCall;

    public AddressGuard(AddressResolverGroup<?> names, Predicate<InetSocketAddress> mayCall) {
        this.names = names;
        this.mayCall = mayCall;
    }

    @Override
    @SuppressWarnings("unchecked")
    protected AddressResolver<InetSocketAddress> newResolver(EventExecutor executor) {
        return new Guarded(executor, (AddressResolver<InetSocketAddress>) names.getResolver(executor));
    }

    @Override
    public void close() {
        super.close();
        names.close();
    }

    private final class Guarded extends AbstractAddressResolver<InetSocketAddress> {
        private final AddressResolver<InetSocketAddress> names;

        Guarded(EventExecutor executor, AddressResolver<InetSocketAddress> names) {
            super(executor, InetSocketAddress.class);
            this.names = names;
        }

        /** Never: else the connector would skip the check for a literal address. */
        @Override
        protected boolean doIsResolved(InetSocketAddress address) {
            return false;
        }

        @Override
        protected void doResolve(InetSocketAddress address, Promise<InetSocketAddress> promise) {
            Promise<List<InetSocketAddress>> all = executor().newPromise();
            all.addListener((Future<List<InetSocketAddress>> done) -> {
                if (done.isSuccess()) {
                    promise.trySuccess(done.getNow().getFirst());
                } else {
                    promise.tryFailure(done.cause());
                }
            });
            doResolveAll(address, all);
        }

        @Override
        protected void doResolveAll(InetSocketAddress address, Promise<List<InetSocketAddress>> promise) {
            if (!address.isUnresolved()) {
                settle(List.of(address), promise);
                return;
            }
            names.resolveAll(address).addListener((Future<List<InetSocketAddress>> found) -> {
                if (found.isSuccess()) {
                    settle(found.getNow(), promise);
                } else {
                    promise.tryFailure(found.cause());
                }
            });
        }

        /** One bad address condemns the name: whoever mixes them has nothing good in mind. */
        private void settle(List<InetSocketAddress> found, Promise<List<InetSocketAddress>> promise) {
            if (!found.isEmpty() && found.stream().allMatch(mayCall)) {
                promise.trySuccess(found);
            } else {
                promise.tryFailure(new ForbiddenAddressException());
            }
        }
    }
}
