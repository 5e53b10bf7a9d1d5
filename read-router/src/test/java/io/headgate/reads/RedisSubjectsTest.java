package io.headgate.reads;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.local.LocalRedis;
import io.headgate.reads.SubjectPositions.Subject;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

/** Against a server of its own, since it is stopped. */
class RedisSubjectsTest {

    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final Branch BRANCH = new Branch(-42, 1);
    private static final Subject ANA = new Subject("acme", "ana");
    private static final Subject BEN = new Subject("acme", "ben");
    private static final Subject ANA_OF_GLOBEX = new Subject("globex", "ana");
    private static LocalRedis redis;

    private GuardedSubjects first;
    private GuardedSubjects second;
    private SubjectsConnection ofFirst;
    private SubjectsConnection ofSecond;

    @BeforeAll
    static void startServer() {
        redis = LocalRedis.startPrivate();
    }

    @AfterAll
    static void stopServer() {
        redis.stop();
    }

    @BeforeEach
    void connect() {
        String prefix = "t" + System.nanoTime();
        SubjectsProperties settings = settings(prefix);
        first = subjects(settings);
        second = subjects(settings);
        ofFirst = new SubjectsConnection(settings, first).start();
        ofSecond = new SubjectsConnection(settings, second).start();
        for (Subject subject : List.of(ANA, BEN, ANA_OF_GLOBEX)) {
            await("the memory is whole", () -> !of(first, subject).untrusted());
            await("to the other one, too", () -> !of(second, subject).untrusted());
        }
    }

    @AfterEach
    void disconnect() {
        ofFirst.destroy();
        ofSecond.destroy();
    }

    @Test
    void whatOneInstanceKeepsTheOtherKnowsAndNeverLessThanBefore() {
        keep(first, ANA, at(0xFFL));
        keep(second, ANA, at(0x10000000000L));
        keep(first, ANA, at(0xABCL));

        assertThat(of(second, ANA)).isEqualTo(at(0x10000000000L));
        assertThat(of(first, BEN)).isEqualTo(Seen.NOTHING);
        assertThat(of(first, ANA_OF_GLOBEX)).isEqualTo(Seen.NOTHING);
    }

    @Test
    void anUnknownWriteAndAnOlderTimelineAreKeptBesideTheRest() {
        Seen both =
                at(5).with(new Position(new Branch(-42, 2), new Lsn(3)), false).withUnknownWrite(-42);

        keep(first, ANA, both);

        assertThat(of(second, ANA)).isEqualTo(both);
    }

    @Test
    void withRedisAwayNobodyIsBelievedAndNothingFailsUntilItsMemoryIsWholeAgain() {
        redis.stop();
        keep(first, ANA, at(7));
        assertThat(of(first, ANA).untrusted()).isTrue();
        assertThat(of(second, ANA).untrusted()).isTrue();

        redis.start();

        await("the other is believed again", () -> !of(second, ANA).untrusted());
        await("and so is this one", () -> !of(first, ANA).untrusted());
    }

    @Test
    void aMemoryThatWasLostIsNotTakenForOneThatHoldsNothing() {
        keep(first, ANA, at(7));
        redis.stop();
        redis.start();

        Seen seen = of(second, ANA);

        assertThat(seen.untrusted() || seen.equals(at(7))).as(seen.toString()).isTrue();
    }

    private static Seen at(long lsn) {
        return Seen.NOTHING.with(new Position(BRANCH, new Lsn(lsn)), false);
    }

    private static GuardedSubjects subjects(SubjectsProperties settings) {
        return new GuardedSubjects(
                settings.budget(), settings.retry(), Environment.system(), new ReadsMetrics(new SimpleMeterRegistry()));
    }

    private static SubjectsProperties settings(String prefix) {
        return new Binder(new MapConfigurationPropertySource(Map.of(
                        "headgate.reads.subjects.redis.urls", redis.url(),
                        "headgate.reads.subjects.redis.prefix", prefix,
                        "headgate.reads.subjects.retention", "2s",
                        "headgate.reads.subjects.budget", "5s",
                        "headgate.reads.subjects.retry", "50ms")))
                .bind("headgate.reads.subjects", Bindable.of(SubjectsProperties.class))
                .get();
    }

    private static Seen of(GuardedSubjects subjects, Subject subject) {
        return subjects.of(subject).blockOptional(LIMIT).orElseThrow();
    }

    private static void keep(GuardedSubjects subjects, Subject subject, Seen wrote) {
        subjects.keep(subject, wrote).block(LIMIT);
    }

    private static void await(String what, BooleanSupplier condition) {
        long deadline = System.nanoTime() + LIMIT.toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime() - deadline).as(what).isNegative();
            Thread.onSpinWait();
        }
    }
}
