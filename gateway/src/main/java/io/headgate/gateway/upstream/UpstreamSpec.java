package io.headgate.gateway.upstream;

import io.headgate.api.DatabaseReplica;
import io.headgate.api.SpecReader;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/** Where a route's requests go, and how long, how often and how many at once. */
public record UpstreamSpec(
        UpstreamAddress primary,
        List<Replica> replicas,
        Optional<Canary> canary,
        Timeouts timeouts,
        Retry retry,
        Breaker breaker,
        Pool pool,
        Protocol protocol,
        boolean forwardAuthorization,
        boolean preserveHost) {

    private static final int MAX_REPLICAS = 32;

    /** @param database the cluster's resource and the replica in it that this instance reads from */
    public record Replica(UpstreamAddress url, Optional<DatabaseReplica> database) {}

    /** @param weight of a hundred requests, so many go to the canary */
    public record Canary(UpstreamAddress url, int weight, Optional<Rollback> rollback) {}

    /** @param maxErrorRateIncrease by how much the canary's share of 5xx may exceed the primary's */
    public record Rollback(double maxErrorRateIncrease) {}

    /**
     * @param connect until a TCP connection stands; looking its name up has a limit of its own
     * @param response from the last byte of the request to the head of the answer
     * @param idle in which no byte of a body moves, in either direction
     * @param total from the first attempt to the last byte; empty where a stream may last
     */
    public record Timeouts(Duration connect, Duration response, Duration idle, Optional<Duration> total) {}

    /** What an attempt may end with for another to be made. */
    public enum RetryOn {
        /** No connection, or one that was gone before a byte of the request was sent. */
        CONNECT("connect"),
        /** The connection broke before the head of the answer came. */
        RESET("reset"),
        BAD_GATEWAY("502"),
        UNAVAILABLE("503"),
        GATEWAY_TIMEOUT("504");

        private final String word;

        RetryOn(String word) {
            this.word = word;
        }

        String word() {
            return word;
        }

        static RetryOn parse(String text) {
            return Arrays.stream(values())
                    .filter(on -> on.word.equals(text))
                    .findFirst()
                    .orElseThrow(() -> new IllegalArgumentException("'" + text + "' (expected: one of "
                            + Arrays.stream(values()).map(on -> on.word).collect(Collectors.joining(", ")) + ")"));
        }
    }

    /**
     * @param attempts all of them, the first included
     * @param budget how many retries there may be for each request of the last seconds
     */
    public record Retry(int attempts, Set<RetryOn> on, double budget) {
        public Retry {
            on = Set.copyOf(on);
        }
    }

    /**
     * @param failureRate of the last calls, above which the upstream is left alone
     * @param slowCall what counts as slow, from the request to the head of the answer
     * @param slowCallRate of the last calls, above which the upstream is left alone
     * @param window how many calls are the last calls
     * @param minimumCalls below which nothing is concluded
     * @param openFor how long the upstream is left alone
     * @param trialCalls how many are let through afterwards, to see
     */
    public record Breaker(
            double failureRate,
            Duration slowCall,
            double slowCallRate,
            int window,
            int minimumCalls,
            Duration openFor,
            int trialCalls) {
        public Breaker {
            requireShare("failureRate", failureRate);
            requireShare("slowCallRate", slowCallRate);
            if (minimumCalls > window) {
                throw new IllegalArgumentException(
                        "minimumCalls: " + minimumCalls + " (expected: at most window, " + window + ")");
            }
        }

        private static void requireShare(String member, double share) {
            if (share <= 0) {
                throw new IllegalArgumentException(member + ": 0% (expected: above 0%, at most 100%)");
            }
        }
    }

    /**
     * @param maxConcurrent requests under way at once, those that wait for a connection included
     * @param maxPending requests that wait for a connection
     * @param pendingTimeout how long one of them waits
     */
    public record Pool(int maxConnections, int maxConcurrent, int maxPending, Duration pendingTimeout) {}

    public enum Protocol {
        HTTP1,
        /** With prior knowledge where the scheme is http, by ALPN where it is https. */
        H2
    }

    public UpstreamSpec {
        replicas = List.copyOf(replicas);
    }

    public static UpstreamSpec read(SpecReader spec) {
        Supplier<UpstreamAddress> primary = spec.parsed("primary", UpstreamAddress::parse);
        Supplier<List<Replica>> replicas = spec.objects("replicas", UpstreamSpec::readReplica);
        Optional<Supplier<Canary>> canary = spec.optionalObject("canary", UpstreamSpec::readCanary);
        Supplier<Timeouts> timeouts = spec.objectOrDefaults("timeouts", UpstreamSpec::readTimeouts);
        Supplier<Retry> retry = spec.objectOrDefaults("retry", UpstreamSpec::readRetry);
        Supplier<Breaker> breaker = spec.objectOrDefaults("breaker", UpstreamSpec::readBreaker);
        Supplier<Pool> pool = spec.objectOrDefaults("pool", UpstreamSpec::readPool);
        Protocol protocol = spec.choice("protocol", Protocol.class, Protocol.HTTP1);
        boolean forwardAuthorization = spec.flag("forwardAuthorization", false);
        boolean preserveHost = spec.flag("preserveHost", false);
        if (spec.raw("replicas").size() > MAX_REPLICAS) {
            spec.problem(
                    "replicas", spec.raw("replicas").size() + " elements (expected: at most " + MAX_REPLICAS + ")");
        }
        return spec.build(() -> new UpstreamSpec(
                primary.get(),
                replicas.get(),
                canary.map(Supplier::get),
                timeouts.get(),
                retry.get(),
                breaker.get(),
                pool.get(),
                protocol,
                forwardAuthorization,
                preserveHost));
    }

    private static Replica readReplica(SpecReader spec) {
        Supplier<UpstreamAddress> url = spec.parsed("url", UpstreamAddress::parse);
        Optional<DatabaseReplica> database = spec.optionalParsed("database", DatabaseReplica::parse);
        return spec.build(() -> new Replica(url.get(), database));
    }

    private static Canary readCanary(SpecReader spec) {
        Supplier<UpstreamAddress> url = spec.parsed("url", UpstreamAddress::parse);
        int weight = spec.integer("weight", 0, 0, 100);
        Optional<Supplier<Rollback>> rollback = spec.optionalObject("rollback", rule -> {
            double increase = rule.number("maxErrorRateIncrease", 0.02, 0, 1);
            return rule.build(() -> new Rollback(increase));
        });
        return spec.build(() -> new Canary(url.get(), weight, rollback.map(Supplier::get)));
    }

    private static Timeouts readTimeouts(SpecReader spec) {
        Duration connect = spec.duration("connect", Duration.ofSeconds(1), Duration.ofSeconds(30));
        Duration response = spec.duration("response", Duration.ofSeconds(5), Duration.ofMinutes(10));
        Duration idle = spec.duration("idle", Duration.ofSeconds(30), Duration.ofHours(1));
        Optional<Duration> total = spec.raw("total").isMissingNode()
                ? Optional.empty()
                : Optional.of(spec.duration("total", Duration.ofDays(1), Duration.ofDays(1)));
        return spec.build(() -> new Timeouts(connect, response, idle, total));
    }

    private static Retry readRetry(SpecReader spec) {
        int attempts = spec.integer("attempts", 2, 1, 5);
        // 503 in YAML is a number
        List<RetryOn> on = spec.parsedElements("on", element -> RetryOn.parse(element.asString("")));
        Set<RetryOn> effective =
                spec.raw("on").isMissingNode() ? Set.of(RetryOn.CONNECT, RetryOn.RESET) : Set.copyOf(on);
        double budget = spec.percent("budget", 0.2);
        return spec.build(() -> new Retry(attempts, effective, budget));
    }

    private static Breaker readBreaker(SpecReader spec) {
        double failureRate = spec.percent("failureRate", 0.5);
        Duration slowCall = spec.duration("slowCall", Duration.ofSeconds(10), Duration.ofMinutes(10));
        double slowCallRate = spec.percent("slowCallRate", 0.8);
        int window = spec.integer("window", 100, 10, 10_000);
        int minimumCalls = spec.integer("minimumCalls", Math.min(20, window), 1, 10_000);
        Duration openFor = spec.duration("openFor", Duration.ofSeconds(10), Duration.ofMinutes(10));
        int trialCalls = spec.integer("trialCalls", 5, 1, 1_000);
        return spec.build(
                () -> new Breaker(failureRate, slowCall, slowCallRate, window, minimumCalls, openFor, trialCalls));
    }

    private static Pool readPool(SpecReader spec) {
        int maxConnections = spec.integer("maxConnections", 512, 1, 20_000);
        int maxConcurrent = spec.integer("maxConcurrent", 1_024, 1, 100_000);
        int maxPending = spec.integer("maxPending", 512, 0, 100_000);
        Duration pendingTimeout = spec.duration("pendingTimeout", Duration.ofSeconds(1), Duration.ofMinutes(1));
        return spec.build(() -> new Pool(maxConnections, maxConcurrent, maxPending, pendingTimeout));
    }

    /** Every address that a request of the route may go to, by where the section names it. */
    public Map<String, URI> addresses() {
        Map<String, URI> addresses = new LinkedHashMap<>();
        addresses.put("/primary", primary.uri());
        for (int i = 0; i < replicas.size(); i++) {
            addresses.put("/replicas/" + i + "/url", replicas.get(i).url().uri());
        }
        canary.ifPresent(it -> addresses.put("/canary/url", it.url().uri()));
        return addresses;
    }

    /** Every replica of a database that an upstream reads from, by where the section names it. */
    public Map<String, DatabaseReplica> databases() {
        Map<String, DatabaseReplica> databases = new LinkedHashMap<>();
        for (int i = 0; i < replicas.size(); i++) {
            String pointer = "/replicas/" + i + "/database";
            replicas.get(i).database().ifPresent(database -> databases.put(pointer, database));
        }
        return databases;
    }

    List<UpstreamAddress> targets() {
        List<UpstreamAddress> targets = new ArrayList<>();
        targets.add(primary);
        replicas.forEach(replica -> targets.add(replica.url()));
        canary.ifPresent(it -> targets.add(it.url()));
        return targets;
    }
}
