package io.headgate.gateway.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.api.SpecProblem;
import io.headgate.api.SpecReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.dataformat.yaml.YAMLMapper;

class UpstreamSpecTest {

    private static List<String> problems(String yaml) {
        return switch (SpecReader.read(YAMLMapper.builder().build().readTree(yaml), "/u", UpstreamSpec::read)) {
            case SpecReader.Outcome.Valid<UpstreamSpec> valid -> List.of();
            case SpecReader.Outcome.Invalid<UpstreamSpec>(List<SpecProblem> problems) ->
                problems.stream()
                        .map(problem -> problem.pointer() + " " + problem.detail())
                        .toList();
        };
    }

    @Test
    void readsEverythingThatARouteMaySay() {
        UpstreamSpec spec = EdgeStandIn.spec("""
                primary: http://10.0.0.1:9101
                replicas: [ { url: "http://10.0.0.2:9101", database: main/replica-1 } ]
                canary: { url: "http://10.0.0.3:9101", weight: 5, rollback: { maxErrorRateIncrease: 0.02 } }
                timeouts: { connect: 200ms, response: 5s, idle: 30s, total: 1m }
                retry: { attempts: 2, on: [connect, "503"], budget: 20% }
                breaker: { failureRate: 50%, slowCall: 2s }
                pool: { maxConnections: 10, maxConcurrent: 20, maxPending: 5, pendingTimeout: 1s }
                protocol: h2
                forwardAuthorization: true
                preserveHost: true
                """);

        assertThat(spec.timeouts().connect()).isEqualTo(Duration.ofMillis(200));
        assertThat(spec.timeouts().total()).contains(Duration.ofMinutes(1));
        assertThat(spec.retry().on()).isEqualTo(Set.of(UpstreamSpec.RetryOn.CONNECT, UpstreamSpec.RetryOn.UNAVAILABLE));
        assertThat(spec.addresses().toString())
                .isEqualTo("{/primary=http://10.0.0.1:9101, /replicas/0/url=http://10.0.0.2:9101,"
                        + " /canary/url=http://10.0.0.3:9101}");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ftp://a",
                "http://",
                "http://a/path",
                "http://a?x",
                "http://a#x",
                "http://user@a",
                "http://a:0",
                "http://a:65536",
                "http://a:",
                "a:80",
                "//a",
                "http://a b",
                "http://a/",
                "HTTP://a",
                "http://[::1"
            })
    void refusesAnAddressThatIsMoreOrLessThanSchemeHostAndPort(String url) {
        assertThat(problems("primary: \"" + url + "\""))
                .singleElement()
                .asString()
                .startsWith("/u/primary ");
    }

    @Test
    void namesTheValueAndTheExpectationOfEveryProblemAtOnce() {
        assertThat(problems("""
                primary: http://a
                canary: { url: "http://b", weight: 101 }
                timeouts: { connect: 31s }
                retry: { attempts: 6, on: [later] }
                breaker: { failureRate: 0%, minimumCalls: 200 }
                pool: { maxConnections: 0, size: 3 }
                protocol: h3
                """))
                .anyMatch(it -> it.startsWith("/u/canary/weight 101 (expected: 0..100)"))
                .anyMatch(it -> it.startsWith("/u/timeouts/connect '31s'"))
                .anyMatch(it -> it.startsWith("/u/retry/attempts 6 (expected: 1..5)"))
                .anyMatch(it -> it.startsWith("/u/retry/on/0 'later' (expected: one of connect, reset, 502, 503, 504)"))
                .anyMatch(it -> it.startsWith("/u/breaker failureRate: 0% (expected: above 0%"))
                .anyMatch(it -> it.startsWith("/u/pool/maxConnections 0 (expected: 1..20000)"))
                .anyMatch(it -> it.startsWith("/u/pool/size unknown member"))
                .anyMatch(it -> it.startsWith("/u/protocol 'h3'"))
                .hasSize(8);
    }

    @Test
    void asksForAPrimary() {
        assertThat(problems("{}")).containsExactly("/u/primary missing (expected: a string)");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "169.254.169.254",
                "fd00:ec2::254",
                "fe80::1",
                "0.0.0.0",
                "::",
                "0.1.2.3",
                "224.0.0.1",
                "ff02::1",
                "255.255.255.255",
                "127.0.0.1",
                "::1",
                "::ffff:169.254.169.254",
                "::a9fe:a9fe",
                "100.100.100.200"
            })
    void callsNoAddressThatIsNobodysBackend(String literal) {
        var special = new SpecialAddresses(false, Set.of(), port -> false);

        assertThat(special.mayCall(new InetSocketAddress(InetAddress.ofLiteral(literal), 80)))
                .isFalse();
    }

    @Test
    void callsASpecialAddressThatTheOperatorAllows() {
        var allowed = InetAddress.ofLiteral("169.254.1.1");
        var special = new SpecialAddresses(true, Set.of(allowed), port -> port == 8081);

        assertThat(special.mayCall(new InetSocketAddress(allowed, 80))).isTrue();
        assertThat(special.mayCall(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 80)))
                .isTrue();
        assertThat(special.mayCall(new InetSocketAddress(InetAddress.ofLiteral("10.1.2.3"), 80)))
                .isTrue();
        assertThat(special.mayCall(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 8081)))
                .isFalse();
    }

    @Test
    void answers502WithoutTheAddressWhenANameOrALiteralLeadsToALoopbackThatIsNotAllowed() throws Exception {
        for (String host : List.of("127.0.0.1", "localhost")) {
            try (var edge = new EdgeStandIn(
                            "primary: http://" + host + ":9",
                            EdgeStandIn.bind(values -> values.put("headgate.upstream.allow-loopback", "false")),
                            server -> server);
                    var client = new RawClient(edge.port())) {
                var answer = client.get("/").readAnswer();

                assertThat(answer.status()).isEqualTo(502);
                assertThat(answer.body()).contains("does not call").doesNotContain("127.0.0.1", "localhost");
            }
        }
    }

    @Test
    void forgetsRetriesAndRequestsAfterTenSeconds() {
        var nanos = new AtomicLong(5);
        var budget = new RetryBudget(0.5, nanos::get);
        for (int i = 0; i < 4; i++) {
            budget.countRequest();
        }

        int before = retries(budget);
        nanos.addAndGet(10_000_000_000L);
        int after = retries(budget);

        assertThat(before).isEqualTo(3 + 2);
        assertThat(after).isEqualTo(3);
    }

    private static int retries(RetryBudget budget) {
        int retries = 0;
        while (budget.tryRetry()) {
            retries++;
        }
        return retries;
    }
}
