package io.headgate.export;

import io.headgate.api.BadSettingException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Which addresses a tenant may have called. Everything that is not plainly public is refused: networks of this machine
 * and this house, addresses that mean something special, and addresses that lead through another in disguise.
 */
final class PublicAddresses {

    private static final List<Network> SPECIAL_4 = networks(
            "0.0.0.0/8",
            "10.0.0.0/8",
            "100.64.0.0/10",
            "127.0.0.0/8",
            "169.254.0.0/16",
            "172.16.0.0/12",
            "192.0.0.0/24",
            "192.0.2.0/24",
            "192.31.196.0/24",
            "192.52.193.0/24",
            "192.88.99.0/24",
            "192.168.0.0/16",
            "192.175.48.0/24",
            "198.18.0.0/15",
            "198.51.100.0/24",
            "203.0.113.0/24",
            "224.0.0.0/3");

    /** Of all else only this is handed out to the public. */
    private static final Network GLOBAL_6 = Network.parse("2000::/3");

    /** Teredo and others, documentation, and 6to4, which leads to an address of four bytes. */
    private static final List<Network> SPECIAL_6 =
            networks("2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20");

    private final boolean allowLoopback;
    private final Set<InetAddress> allowed;

    PublicAddresses(JobsProperties.Webhooks settings) {
        this.allowLoopback = settings.allowLoopback();
        this.allowed =
                settings.allowed().stream().map(PublicAddresses::literal).collect(Collectors.toUnmodifiableSet());
    }

    private static InetAddress literal(String address) {
        try {
            return InetAddress.ofLiteral(address);
        } catch (IllegalArgumentException e) {
            throw new BadSettingException(
                    "headgate.exports.jobs.webhooks.allowed", "'" + address + "' (expected: an address, not a name)");
        }
    }

    boolean mayCall(InetSocketAddress address) {
        return !address.isUnresolved() && mayCall(address.getAddress());
    }

    /** An IPv4 address in the dress of IPv6 arrives here bare: Java makes it so. */
    boolean mayCall(InetAddress ip) {
        if (allowed.contains(ip)) {
            return true;
        }
        if (ip.isLoopbackAddress()) {
            return allowLoopback;
        }
        if (ip instanceof Inet6Address six) {
            return six.getScopeId() == 0
                    && GLOBAL_6.contains(ip)
                    && SPECIAL_6.stream().noneMatch(network -> network.contains(ip));
        }
        return SPECIAL_4.stream().noneMatch(network -> network.contains(ip));
    }

    private static List<Network> networks(String... texts) {
        return java.util.Arrays.stream(texts).map(Network::parse).toList();
    }

    private record Network(byte[] prefix, int bits) {

        static Network parse(String text) {
            int slash = text.indexOf('/');
            return new Network(
                    InetAddress.ofLiteral(text.substring(0, slash)).getAddress(),
                    Integer.parseInt(text.substring(slash + 1)));
        }

        boolean contains(InetAddress ip) {
            byte[] address = ip.getAddress();
            if (address.length != prefix.length) {
                return false;
            }
            for (int bit = 0; bit < bits; bit += Byte.SIZE) {
                int mask = bits - bit >= Byte.SIZE ? 0xff : 0xff << (Byte.SIZE - (bits - bit)) & 0xff;
                int i = bit / Byte.SIZE;
                if ((address[i] & mask) != (prefix[i] & mask)) {
                    return false;
                }
            }
            return true;
        }
    }
}
