package io.headgate.gateway.edge;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How much the edge tells about its requests.
 *
 * @param accessLog which requests leave a line in the log
 * @param accessLogRefusals lines a second for refusals, where only problems are logged
 * @param logQueue log lines that may wait to be written; what comes beyond is dropped and counted
 * @param histogramRoutes routes with latency histograms of their own; those beyond share one set
 */
@ConfigurationProperties("headgate.edge")
record ObserveProperties(
        @DefaultValue("problems") AccessLogMode accessLog,
        @DefaultValue("20") int accessLogRefusals,
        @DefaultValue("8192") int logQueue,
        @DefaultValue("1000") int histogramRoutes) {

    ObserveProperties {
        requireAtLeast("headgate.edge.access-log-refusals", accessLogRefusals, 0);
        requireAtLeast("headgate.edge.log-queue", logQueue, 1);
        requireAtLeast("headgate.edge.histogram-routes", histogramRoutes, 0);
    }

    private static void requireAtLeast(String name, int value, int least) {
        if (value < least) {
            throw new IllegalArgumentException(name + ": " + value + " (expected: " + least + " or more)");
        }
    }
}
