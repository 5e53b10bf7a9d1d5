package io.headgate.gateway.upstream;

import java.time.Duration;
import java.util.List;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * What the operator decides for all upstreams.
 *
 * @param allowLoopback whether a backend may live on this machine
 * @param allowedSpecialAddresses link-local, multicast or metadata addresses that are backends all the same
 * @param maxIdleTime how long an unused connection is kept: less than backends keep theirs
 * @param resolveTimeout how long one name server is waited for
 * @param replayableBody up to this many bytes of a request are kept, so that it can be sent again
 * @param wholeAnswer an answer up to this size is written in one piece
 * @param maxHeaderSize of an answer's head
 * @param maxWebsocketFrame bytes of one WebSocket frame
 * @param sslBundle the name of the framework's bundle whose certificates backends are believed by; the JDK's where empty
 * @param retireAfter how long an upstream that no route uses any more keeps its connections
 */
@ConfigurationProperties("headgate.upstream")
public record UpstreamProperties(
        @DefaultValue("false") boolean allowLoopback,
        @DefaultValue List<String> allowedSpecialAddresses,
        @DefaultValue("4s") Duration maxIdleTime,
        @DefaultValue("2s") Duration resolveTimeout,
        @DefaultValue("16KB") DataSize replayableBody,
        @DefaultValue("16KB") DataSize wholeAnswer,
        @DefaultValue("64KB") DataSize maxHeaderSize,
        @DefaultValue("64KB") DataSize maxWebsocketFrame,
        @DefaultValue("") String sslBundle,
        @DefaultValue("30s") Duration retireAfter) {

    private static final DataSize MAX_HELD = DataSize.ofMegabytes(1);

    public UpstreamProperties {
        allowedSpecialAddresses = List.copyOf(allowedSpecialAddresses);
        requirePositive("max-idle-time", maxIdleTime);
        requirePositive("resolve-timeout", resolveTimeout);
        requirePositive("retire-after", retireAfter);
        requireAtMost("replayable-body", replayableBody, MAX_HELD);
        requireAtMost("whole-answer", wholeAnswer, MAX_HELD);
        requireAtMost("max-header-size", maxHeaderSize, MAX_HELD);
        requireAtMost("max-websocket-frame", maxWebsocketFrame, DataSize.ofMegabytes(64));
    }

    private static void requirePositive(String name, Duration value) {
        if (!value.isPositive()) {
            throw new IllegalArgumentException("headgate.upstream." + name + ": " + value + " (expected: above zero)");
        }
    }

    private static void requireAtMost(String name, DataSize value, DataSize max) {
        if (value.isNegative() || value.compareTo(max) > 0) {
            throw new IllegalArgumentException(
                    "headgate.upstream." + name + ": " + value + " (expected: 0B.." + max + ")");
        }
    }
}
