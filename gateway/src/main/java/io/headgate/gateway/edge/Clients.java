package io.headgate.gateway.edge;

import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.LoadingCache;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The clients that were seen of late, by address, with what each may still send. An IPv6 client is its /64, since every
 * host has that many addresses to change between. Local to this instance and needs nothing else to be up.
 */
final class Clients {

    /** One client; its allowance is the moment at which it will have earned back everything it used. */
    static final class Client {
        private final String address;
        private final AtomicLong settledAt = new AtomicLong(Long.MIN_VALUE);

        private Client(String address) {
            this.address = address;
        }

        String address() {
            return address;
        }

        /** Takes one request; answers 0, or how many nanoseconds until the next may come. */
        private long take(long now, long interval, long tolerance) {
            while (true) {
                long settled = settledAt.get();
                long from = settled == Long.MIN_VALUE ? now : Math.max(settled, now);
                long wait = from - now - tolerance;
                if (wait > 0) {
                    return wait;
                }
                if (settledAt.compareAndSet(settled, from + interval)) {
                    return 0;
                }
            }
        }
    }

    private final LoadingCache<InetAddress, Client> clients;
    private final long interval;
    private final long tolerance;

    Clients(EdgeProperties.AddressLimit limit) {
        clients = Caffeine.newBuilder()
                .maximumSize(limit.addresses())
                .executor(Runnable::run)
                .build(address -> new Client(address.getHostAddress()));
        interval = 1_000_000_000L / limit.rate();
        tolerance = interval * (limit.burst() - 1);
    }

    Client of(InetAddress address) {
        return clients.get(address);
    }

    /** Counts one request against the client's allowance; answers 0, or how long it must wait. */
    long take(InetAddress address, Client client, long nanos) {
        Client counted = address instanceof Inet6Address ? clients.get(network(address)) : client;
        return counted.take(nanos, interval, tolerance);
    }

    private static InetAddress network(InetAddress address) {
        byte[] bytes = address.getAddress();
        Arrays.fill(bytes, 8, bytes.length, (byte) 0);
        try {
            return InetAddress.getByAddress(bytes);
        } catch (UnknownHostException e) {
            throw new IllegalStateException("an address of " + bytes.length + " bytes", e);
        }
    }
}
