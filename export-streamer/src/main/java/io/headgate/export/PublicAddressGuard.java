package io.headgate.export;

import io.netty.resolver.AbstractAddressResolver;
import io.netty.resolver.AddressResolver;
import io.netty.resolver.AddressResolverGroup;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.List;

/**
 * Resolves the names that tenants wrote, and refuses what is not public. It looks at the very addresses that the
 * connection then uses: a name cannot lead to one place when it is checked and to another when it is called. Literal
 * addresses pass through it as well.
 */
final class PublicAddressGuard extends AddressResolverGroup<InetSocketAddress> {

    static final class NotPublicException extends UnknownHostException {
        private static final long serialVersionUID = 1;

        NotPublicException() {
            super("leads to an address that is not public");
        }

        @Override
        public synchronized Throwable fillInStackTrace() {
            return this;
        }
    }

    private final AddressResolverGroup<?> names;
    private final PublicAddresses addresses;

    PublicAddressGuard(AddressResolverGroup<?> names, PublicAddresses addresses) {
        this.names = names;
        this.addresses = addresses;
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
            if (!found.isEmpty() && found.stream().allMatch(addresses::mayCall)) {
                promise.trySuccess(found);
            } else {
                promise.tryFailure(new NotPublicException());
            }
        }
    }
}
