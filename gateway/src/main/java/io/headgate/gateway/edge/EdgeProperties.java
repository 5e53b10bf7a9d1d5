package io.headgate.gateway.edge;

import java.time.Duration;
import java.util.List;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * The bounds of the edge.
 *
 * @param trustedProxies addresses and networks whose forwarding headers are believed: {@code 10.0.0.0/8}
 * @param maxBodySize of a request
 * @param headerTimeout for a request's head to come whole, from its first byte
 * @param bodyIdleTimeout between two pieces of a request's body
 * @param bodyTimeout for a request's body to come whole
 * @param unreadBody what is done with the rest of a body whose request has been answered
 * @param stockFilters names of stock filters that routes may use besides the built-in list
 * @param callerHeaders signed caller headers that are kept for reuse
 */
@ConfigurationProperties("headgate.edge")
record EdgeProperties(
        @DefaultValue List<String> trustedProxies,
        @DefaultValue("10GB") DataSize maxBodySize,
        @DefaultValue("10s") Duration headerTimeout,
        @DefaultValue("30s") Duration bodyIdleTimeout,
        @DefaultValue("1h") Duration bodyTimeout,
        @DefaultValue AddressLimit addressLimit,
        @DefaultValue UnreadBody unreadBody,
        @DefaultValue List<String> stockFilters,
        @DefaultValue("100000") int callerHeaders) {

    /**
     * What one client address may send before anything is known about the caller. Generous: it is there for floods, and
     * one address may be a whole company.
     *
     * @param rate requests a second
     * @param burst requests at once
     * @param addresses that are told apart; the least recent are forgotten
     */
    record AddressLimit(
            @DefaultValue("20000") int rate,
            @DefaultValue("40000") int burst,
            @DefaultValue("100000") int addresses) {

        AddressLimit {
            requirePositive("headgate.edge.address-limit.rate", rate);
            requirePositive("headgate.edge.address-limit.burst", burst);
            requirePositive("headgate.edge.address-limit.addresses", addresses);
        }
    }

    /**
     * What is done with the rest of a body whose request has been answered.
     *
     * @param awaited an answer waits for a rest up to this size, so that the connection can be used again
     * @param patience how long it does
     * @param discarded of a longer or later rest, before the connection is closed
     * @param linger how long the client may take to read its answer and stop sending
     */
    record UnreadBody(
            @DefaultValue("64KB") DataSize awaited,
            @DefaultValue("250ms") Duration patience,
            @DefaultValue("8MB") DataSize discarded,
            @DefaultValue("2s") Duration linger) {

        UnreadBody {
            requirePositive("headgate.edge.unread-body.awaited", awaited.toBytes());
            requirePositive("headgate.edge.unread-body.patience", patience.toMillis());
            requirePositive("headgate.edge.unread-body.discarded", discarded.toBytes());
            requirePositive("headgate.edge.unread-body.linger", linger.toMillis());
        }
    }

    EdgeProperties {
        trustedProxies = List.copyOf(trustedProxies);
        stockFilters = List.copyOf(stockFilters);
        requirePositive("headgate.edge.max-body-size", maxBodySize.toBytes());
        requirePositive("headgate.edge.header-timeout", headerTimeout.toMillis());
        requirePositive("headgate.edge.body-idle-timeout", bodyIdleTimeout.toMillis());
        requirePositive("headgate.edge.body-timeout", bodyTimeout.toMillis());
        requirePositive("headgate.edge.caller-headers", callerHeaders);
    }

    private static void requirePositive(String name, long value) {
        if (value <= 0) {
            throw new IllegalArgumentException(name + ": " + value + " (expected: above zero)");
        }
    }
}
