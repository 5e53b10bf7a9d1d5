package io.headgate.export;

import static io.headgate.export.JobFixture.await;
import static io.headgate.export.JobFixture.order;
import static io.headgate.export.JobFixture.request;
import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.api.MutableClock;
import io.netty.resolver.DefaultAddressResolverGroup;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;

class WebhooksTest {

    private static final Instant START = Instant.now().truncatedTo(ChronoUnit.SECONDS);

    private record Got(String id, String timestamp, String signature, String body, Instant at) {}

    /** @param headers a name and a value, or nothing */
    private record Says(int status, String... headers) {}

    private final MutableClock clock = new MutableClock(START);
    private JobFixture jobs = new JobFixture(JobSettings.quick().with("webhooks.jitter", 0), clock);
    private final List<Got> got = new CopyOnWriteArrayList<>();
    private final Queue<Says> script = new ConcurrentLinkedQueue<>();
    private final DisposableServer receiver = HttpServer.create()
            .host("127.0.0.1")
            .port(0)
            .handle((request, response) -> request.receive()
                    .aggregate()
                    .asString()
                    .defaultIfEmpty("")
                    .flatMap(body -> {
                        got.add(new Got(
                                request.requestHeaders().get("webhook-id", ""),
                                request.requestHeaders().get("webhook-timestamp", ""),
                                request.requestHeaders().get("webhook-signature", ""),
                                body,
                                clock.instant()));
                        Says says = Optional.ofNullable(script.poll()).orElse(new Says(200));
                        response.status(says.status());
                        for (int i = 0; i < says.headers().length; i += 2) {
                            response.header(says.headers()[i], says.headers()[i + 1]);
                        }
                        return Mono.from(response.send());
                    }))
            .bindNow();

    @AfterEach
    void close() {
        jobs.close();
        receiver.disposeNow();
    }

    private String url() {
        return "http://127.0.0.1:" + receiver.port() + "/hook";
    }

    private Job ended(String url) {
        Job job = jobs.create(request(order("acme", "ana", "q"), OptionalLong.empty(), 5, Optional.of(url)));
        return await(jobs.jobs.store.end(job));
    }

    private boolean next() {
        return await(jobs.jobs.webhooks.next());
    }

    private Webhooks.Delivery delivery(Job job) {
        return await(jobs.jobs.webhooks.deliveries(job.id())).getFirst();
    }

    @Test
    void aNoticeIsSignedAsTheStandardHasIt() {
        Job job = ended(url());
        assertThat(next()).isTrue();

        Got notice = got.getFirst();
        assertThat(notice.id()).startsWith("msg_");
        assertThat(notice.timestamp()).isEqualTo(Long.toString(START.getEpochSecond()));
        String secret = new WebhookSecrets(jobs.keys, clock).shown("acme").getFirst();
        byte[] key = Base64.getDecoder().decode(secret.substring("whsec_".length()));
        assertThat(key).hasSize(32);
        String expected = "v1,"
                + Base64.getEncoder()
                        .encodeToString(
                                Digests.hmac(key, notice.id() + "." + notice.timestamp() + "." + notice.body()));
        assertThat(notice.signature()).isEqualTo(expected);
        var body = Job.JSON.readTree(notice.body());
        assertThat(body.path("type").stringValue()).isEqualTo("export.cancelled");
        assertThat(body.path("data").path("id").stringValue())
                .isEqualTo(job.id().toString());
        assertThat(notice.body()).doesNotContain("token");
        assertThat(delivery(job).state()).isEqualTo("delivered");
        assertThat(next()).isFalse();
    }

    @Test
    void whileKeysChangeANoticeBearsTwoSignatures() {
        jobs.keys.add("k2", START.minusSeconds(1));
        jobs.keys.add("k3", START.plus(Duration.ofDays(1)));
        ended(url());
        next();

        assertThat(got.getFirst().signature().split(" ")).hasSize(2).doesNotHaveDuplicates();
        assertThat(new WebhookSecrets(jobs.keys, clock).shown("acme")).hasSize(3);
    }

    @Test
    void secretsOfTenantsDiffer() {
        var secrets = new WebhookSecrets(jobs.keys, clock);

        assertThat(secrets.shown("acme")).doesNotContainAnyElementsOf(secrets.shown("globex"));
    }

    @Test
    void aNoticeThatIsNotTakenIsTriedForDaysUnderTheSameId() {
        for (int i = 0; i < 20; i++) {
            script.add(new Says(i % 2 == 0 ? 500 : 302, "Location", url()));
        }
        Job job = ended(url());
        List<Duration> pauses = new ArrayList<>();
        Instant last = clock.instant();
        while (delivery(job).state().equals("pending")) {
            Instant due = delivery(job).dueAt().orElseThrow();
            clock.advance(Duration.between(clock.instant(), due).minusMillis(1));
            assertThat(next()).as("before its time").isFalse();
            clock.advance(Duration.ofMillis(1));
            pauses.add(Duration.between(last, clock.instant()));
            last = clock.instant();
            assertThat(next()).isTrue();
            jobs.jobs(DefaultAddressResolverGroup.INSTANCE); // nothing of it is kept in memory
        }

        assertThat(pauses)
                .containsExactly(
                        Duration.ZERO.minusMillis(0),
                        Duration.ofSeconds(5),
                        Duration.ofMinutes(5),
                        Duration.ofMinutes(30),
                        Duration.ofHours(2),
                        Duration.ofHours(5),
                        Duration.ofHours(10),
                        Duration.ofHours(14),
                        Duration.ofHours(20),
                        Duration.ofHours(24));
        assertThat(delivery(job).state()).isEqualTo("failed");
        assertThat(delivery(job).tries()).hasSize(10);
        assertThat(delivery(job).tries().get(1).status())
                .as("a redirect is not followed")
                .contains(302);
        assertThat(got).hasSize(10);
        assertThat(got.stream().map(Got::id).distinct()).hasSize(1);
        assertThat(got.stream().map(Got::timestamp).distinct()).hasSize(10);
    }

    @Test
    void theReceiversWishIsHeededWithinReason() {
        script.add(new Says(503, "Retry-After", "3600"));
        script.add(new Says(429, "Retry-After", "999999"));
        Job job = ended(url());
        next();
        assertThat(delivery(job).dueAt()).contains(clock.instant().plus(Duration.ofHours(1)));

        clock.advance(Duration.ofHours(1));
        next();

        assertThat(delivery(job).dueAt()).contains(clock.instant().plus(Duration.ofHours(24)));
    }

    @Test
    void whoIsGoneIsLeftAloneByTheWholeTenant() {
        script.add(new Says(410));
        Job first = ended(url());
        clock.advance(Duration.ofMillis(1));
        Job second = ended(url());
        Job elsewhere = ended(url() + "/else");

        assertThat(next()).isTrue();

        assertThat(delivery(first).state()).isEqualTo("disabled");
        assertThat(delivery(second).state()).isEqualTo("disabled");
        assertThat(delivery(elsewhere).state()).isEqualTo("pending");
    }

    @Test
    void aProcessThatEndsInBetweenCostsARepetitionAndNotANotice() {
        Job job = ended(url());
        jobs.execute("UPDATE headgate_export.delivery SET attempts = 1, due_at = now() - interval '1 hour'");
        clock.advance(Duration.ofMinutes(2));

        assertThat(next()).isTrue();

        assertThat(delivery(job).state()).isEqualTo("delivered");
        assertThat(delivery(job).tries().getFirst().attempt()).isEqualTo(2);
    }

    @Test
    void withoutAKeyNothingIsSentAndNothingForgotten() {
        Job job = ended(url());
        jobs.keys.remove("k1");

        next();

        assertThat(got).isEmpty();
        assertThat(delivery(job).tries().getFirst().error()).contains("no-key");
        assertThat(delivery(job).state()).isEqualTo("pending");
    }

    @ParameterizedTest
    @ValueSource(strings = {"inside.example", "mixed.example", "mapped.example", "link-local.example", "nat64.example"})
    void aNameThatLeadsInsideIsNotCalled(String name) {
        jobs.close();
        jobs = new JobFixture(
                JobSettings.quick().with("webhooks.allow-loopback", false),
                clock,
                new FakeNames(Map.of(
                        "inside.example", List.of("127.0.0.1"),
                        "mixed.example", List.of("8.8.8.8", "10.0.0.1"),
                        "mapped.example", List.of("::ffff:127.0.0.1"),
                        "link-local.example", List.of("169.254.169.254"),
                        "nat64.example", List.of("64:ff9b::7f00:1"))));
        Job job = ended("http://" + name + ":" + receiver.port() + "/hook");

        next();

        assertThat(got).isEmpty();
        assertThat(delivery(job).tries().getFirst().error()).contains("address-not-public");
    }

    /** The guard stands at the connection itself, whatever was let in when the job was made. */
    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "localhost", "2130706433", "0x7f.1"})
    void anAddressThatLeadsInsideIsNotCalled(String host) {
        jobs.close();
        jobs = new JobFixture(JobSettings.quick().with("webhooks.allow-loopback", false), clock);
        Job job = ended("http://" + host + ":" + receiver.port() + "/hook");

        next();

        assertThat(got).isEmpty();
        assertThat(delivery(job).tries().getFirst().status()).isEmpty();
    }

    @Test
    void pausesGrowByTheJitterAtMost() {
        var schedule = new WebhookSchedule(0.2, new java.util.Random(1));

        for (int i = 0; i < 100; i++) {
            assertThat(schedule.after(2, Optional.empty()).orElseThrow())
                    .isBetween(Duration.ofMinutes(5), Duration.ofMinutes(6));
        }
        assertThat(schedule.after(10, Optional.empty())).isEmpty();
    }
}
