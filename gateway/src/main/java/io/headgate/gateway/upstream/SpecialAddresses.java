package io.headgate.gateway.upstream;

import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.Set;
import java.util.function.IntPredicate;

/** Which addresses are nobody's backend unless the operator says so. */
final class SpecialAddresses {

    /** Where clouds answer for a machine's credentials, beside those that are link-local anyway. */
    private static final Set<InetAddress> METADATA = Set.of(
            InetAddress.ofLiteral("fd00:ec2::254"),
            InetAddress.ofLiteral("100.100.100.200"),
            InetAddress.ofLiteral("192.0.0.192"));

    private final boolean allowLoopback;
    private final Set<InetAddress> allowed;
    private final IntPredicate isManagementPort;

    /** @param isManagementPort asked at each connection, since the port may be chosen while the gateway starts */
    SpecialAddresses(boolean allowLoopback, Set<InetAddress> allowed, IntPredicate isManagementPort) {
        this.allowLoopback = allowLoopback;
        this.allowed = Set.copyOf(allowed);
        this.isManagementPort = isManagementPort;
    }

    boolean mayCall(InetSocketAddress address) {
        if (address.isUnresolved()) {
            return false;
        }
        InetAddress ip = unwrapped(address.getAddress());
        if (isManagementPort.test(address.getPort()) && isOfThisMachine(ip)) {
            return false; // no setting opens it: who can register a route must not thereby reach the admin API
        }
        return allowed.contains(ip) || (ip.isLoopbackAddress() ? allowLoopback : !isSpecial(ip));
    }

    private static boolean isSpecial(InetAddress ip) {
        return ip.isAnyLocalAddress()
                || ip.isLinkLocalAddress()
                || ip.isMulticastAddress()
                || METADATA.contains(ip)
                || ip instanceof Inet4Address four && isThisNetworkOrBroadcast(four);
    }

    private static boolean isThisNetworkOrBroadcast(Inet4Address ip) {
        byte[] bytes = ip.getAddress();
        return bytes[0] == 0 || bytes[0] == -1 && bytes[1] == -1 && bytes[2] == -1 && bytes[3] == -1;
    }

    /** An address of four bytes that came in the dress of sixteen. */
    private static InetAddress unwrapped(InetAddress ip) {
        if (!(ip instanceof Inet6Address six) || !six.isIPv4CompatibleAddress() || six.isLoopbackAddress()) {
            return ip;
        }
        byte[] bytes = six.getAddress();
        return InetAddress.ofLiteral(
                (bytes[12] & 255) + "." + (bytes[13] & 255) + "." + (bytes[14] & 255) + "." + (bytes[15] & 255));
    }

    private static boolean isOfThisMachine(InetAddress ip) {
        try {
            return ip.isLoopbackAddress() || ip.isAnyLocalAddress() || NetworkInterface.getByInetAddress(ip) != null;
        } catch (SocketException e) {
            return true;
        }
    }
}
