package io.headgate.reads;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.local.LocalRedis;
import io.headgate.reads.SubjectPositions.Subject;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import reactor.test.scheduler.VirtualTimeScheduler;

/** Against a server of its own, since it is stopped. */
class RedisSubjectsTest {

    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final Branch BRANCH = new Branch(-42, 1);
    private static final Subject ANA = new Subject("acme", "ana");
    private static final Subject BEN = new Subject("acme", "ben");
    private static final Subject ANA_OF_GLOBEX = new Subject("globex", "ana");
    private static final int SHARDS = 16;
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
        SubjectsProperties settings = settings(prefix, "2s", "5s", "50ms");
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
    void whatCouldNotBeKeptIsKeptLaterAndCostsNobodyElseAStrongRead() {
        SubjectsProperties settings = settings("t" + System.nanoTime(), "1h", "50ms", "50ms");
        for (int shard = 0; shard < SHARDS; shard++) {
            redis.ask("SET", settings.redis().prefix() + ":reads:{" + shard + "}:since", "0");
        }
        GuardedSubjects late = subjects(settings);
        var ofLate = new SubjectsConnection(settings, late).start();
        GuardedSubjects other = subjects(settings);
        var ofOther = new SubjectsConnection(settings, other).start();
        try {
            await("connected", () -> of(late, BEN).equals(Seen.NOTHING));
            redis.pause();
            keep(late, ANA, at(7));
            keep(late, ANA, at(9));
            redis.resume();

            await("kept", () -> of(other, ANA).equals(at(9)));
            await("here, too", () -> of(late, ANA).equals(at(9)));
            await("nobody else is doubted", () -> of(other, BEN).equals(Seen.NOTHING));
        } finally {
            redis.resume();
            ofLate.destroy();
            ofOther.destroy();
        }
    }

    @Test
    void whatIsOwedIsKnownToTheInstanceThatOwesItAndToTheOthersOnceThatCloses() {
        SubjectsProperties settings = settings("t" + System.nanoTime(), "2s", "5s", "60s");
        GuardedSubjects owing = subjects(settings, VirtualTimeScheduler.create()); // never pays of itself
        keep(owing, ANA, at(7)); // Redis was never reached
        GuardedSubjects other = subjects(settings);
        var ofOwing = new SubjectsConnection(settings, owing).start();
        var ofOther = new SubjectsConnection(settings, other).start();
        try {
            await("believed once the memory is whole", () -> of(owing, ANA).equals(at(7)));
            await("the other knows of nothing", () -> of(other, ANA).equals(Seen.NOTHING));

            ofOwing.destroy();

            assertThat(of(other, ANA)).isEqualTo(at(7));
        } finally {
            ofOwing.destroy();
            ofOther.destroy();
        }
    }

    @Test
    void withoutRedisNothingIsScheduledWhateverIsOwed() {
        VirtualTimeScheduler time = VirtualTimeScheduler.create();
        GuardedSubjects alone = subjects(settings("t" + System.nanoTime(), "2s", "50ms", "50ms"), time);

        keep(alone, ANA, at(7));
        time.advanceTimeBy(LIMIT);

        assertThat(time.getScheduledTaskCount()).isZero();
    }

    @Test
    void nothingRunsBesideRequestsUnlessSomethingIsOwedNorOnceItIsClosed() {
        VirtualTimeScheduler time = VirtualTimeScheduler.create();
        SubjectsProperties settings = settings("t" + System.nanoTime(), "2s", "50ms", "50ms");
        GuardedSubjects owing = subjects(settings, time);
        var connection = new SubjectsConnection(settings, owing).start();
        try {
            await("connected", () -> of(owing, ANA).equals(Seen.NOTHING));
            long asked = time.getScheduledTaskCount();
            time.advanceTimeBy(LIMIT);
            assertThat(time.getScheduledTaskCount()).as("with nothing owed").isEqualTo(asked);

            redis.pause();
            keep(owing, ANA, at(7));
            long owed = time.getScheduledTaskCount();
            assertThat(owed).as("with something owed").isGreaterThan(asked + 1); // one is the request's own
        } finally {
            connection.destroy();
            redis.resume();
        }
        long closed = time.getScheduledTaskCount();
        time.advanceTimeBy(LIMIT);

        assertThat(time.getScheduledTaskCount()).as("after it was closed").isEqualTo(closed);
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
        return subjects(settings, Schedulers.parallel());
    }

    private static GuardedSubjects subjects(SubjectsProperties settings, Scheduler scheduler) {
        return new GuardedSubjects(
                settings.budget(),
                settings.retry(),
                new Environment(scheduler, System::nanoTime, RandomGenerator.getDefault()),
                new ReadsMetrics(new SimpleMeterRegistry()));
    }

    private static SubjectsProperties settings(String prefix, String retention, String budget, String retry) {
        return new Binder(new MapConfigurationPropertySource(Map.of(
                        "headgate.reads.subjects.redis.urls", redis.url(),
                        "headgate.reads.subjects.redis.prefix", prefix,
                        "headgate.reads.subjects.retention", retention,
                        "headgate.reads.subjects.budget", budget,
                        "headgate.reads.subjects.retry", retry)))
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
