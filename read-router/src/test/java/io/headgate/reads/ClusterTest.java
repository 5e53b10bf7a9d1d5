package io.headgate.reads;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headgate.reads.ReadOutcome.Kind;
import io.headgate.reads.ReadOutcome.Level;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.test.scheduler.VirtualTimeScheduler;

class ClusterTest {

    private static final long ELSEWHERE = 77;

    private final VirtualTimeScheduler time = VirtualTimeScheduler.create();
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final FakeProbe primary = FakeProbe.primary(1000);
    private final FakeProbe one = FakeProbe.replica("one", 1000);
    private final FakeProbe two = FakeProbe.replica("two", 1000);
    private final Cluster cluster = cluster(Map.of("headgate.reads.choice.primary-reads", "2"));

    @Test
    void aReadThatSawNothingGoesToAReplica() {
        assertThat(placed(session(Seen.NOTHING)).outcome().kind()).isEqualTo(Kind.REPLICA);
    }

    @Test
    void aReadGoesOnlyWhereItsPositionWasReplayed() {
        two.at(2000);
        primary.at(2000);
        tick();

        for (int i = 0; i < 50; i++) {
            ReadTicket ticket = placed(session(seen(1, 1500)));
            assertThat(ticket.node().name()).isEqualTo("two");
            assertThat(ticket.outcome().level()).isEqualTo(Level.SESSION);
        }
    }

    @Test
    void aReadWaitsForTheReplicaThatIsAboutToCatchUp() {
        primary.at(2000);
        tick();
        CompletableFuture<ReadTicket> waiting = place(session(seen(1, 2000)));
        assertThat(waiting).isNotDone();

        one.at(2000);
        time.advanceTimeBy(Duration.ofMillis(5));

        assertThat(got(waiting).outcome().kind()).isEqualTo(Kind.WAITED);
        assertThat(got(waiting).node().name()).isEqualTo("one");
        assertThat(cluster.waiting()).isZero();
    }

    @Test
    void aReadThatNoReplicaCatchesUpForGoesToThePrimaryOnceTheBudgetIsSpent() {
        primary.at(2000);
        tick();
        CompletableFuture<ReadTicket> waiting = place(session(seen(1, 2000)));
        time.advanceTimeBy(TestSettings.BUDGET.minusMillis(1));
        assertThat(waiting).isNotDone();

        time.advanceTimeBy(Duration.ofMillis(1));

        assertThat(got(waiting).outcome()).isEqualTo(onPrimary(Kind.PRIMARY, Level.SESSION));
    }

    @Test
    void replicasAreAskedMoreOftenWhileSomebodyWaits() {
        primary.at(2000);
        tick();
        int before = one.asked();
        time.advanceTimeBy(Duration.ofMillis(20));
        assertThat(one.asked() - before).isZero();

        place(session(seen(1, 2000)));
        time.advanceTimeBy(Duration.ofMillis(20));

        assertThat(one.asked() - before).isGreaterThanOrEqualTo(4);
    }

    @Test
    void thePrimaryTakesSoManyReadsAndNoMore() {
        ReadNeed strong = new ReadNeed(Consistency.STRONG, Seen.NOTHING, Duration.ZERO, false);
        ReadTicket first = got(place(strong));
        got(place(strong));
        assertThatThrownBy(place(strong)::join).hasCauseInstanceOf(ReadsBusyException.class);

        first.release();
        first.release();

        got(place(strong));
        assertThatThrownBy(place(strong)::join).hasCauseInstanceOf(ReadsBusyException.class);
    }

    @Test
    void aWaitingReadThatIsCancelledLeavesNothingBehind() {
        primary.at(2000);
        tick();
        cluster.place(session(seen(1, 2000))).subscribe().dispose();

        assertThat(cluster.waiting()).isZero();
        assertThat(cluster.primary().reads()).isZero();
    }

    @Test
    void ofTwoReplicasTheLessLoadedTakesTheRead() {
        Set<String> names = new HashSet<>();
        for (int i = 0; i < 40; i++) {
            names.add(placed(session(Seen.NOTHING)).node().name());
        }

        assertThat(names).containsExactlyInAnyOrder("one", "two");
        assertThat(cluster.replicas())
                .allSatisfy(node -> assertThat(node.reads()).isEqualTo(20));
    }

    @Test
    void aLongReadPrefersTheReplicaThatIsMeantForSuch() {
        for (int i = 0; i < 20; i++) {
            assertThat(placed(new ReadNeed(Consistency.SESSION, Seen.NOTHING, Duration.ZERO, true))
                            .node()
                            .name())
                    .isEqualTo("two");
        }
    }

    @Test
    void whateverIsUntrustedIsReadStronglyAndNeverRefused() {
        assertThat(placed(session(Seen.UNTRUSTED)).outcome()).isEqualTo(onPrimary(Kind.PRIMARY, Level.STRONG));
    }

    @Test
    void aPositionBeyondWhatThePrimaryWroteIsReadStrongly() {
        ReadTicket ticket = placed(session(seen(1, 999_999)));

        assertThat(ticket.outcome()).isEqualTo(onPrimary(Kind.PRIMARY, Level.STRONG));
        assertThat(ticket.judged()).containsOnlyKeys(new Branch(FakeProbe.SYSTEM, 1));
        assertThat(meters.get("headgate.reads.positions.future").counter().count())
                .isEqualTo(1);
    }

    @Test
    void aPositionThatIsYoungerThanTheLastSampleIsAskedForAndNotMistakenForTheFuture() {
        primary.at(2000);
        CompletableFuture<ReadTicket> waiting = place(session(seen(1, 2000)));

        time.advanceTimeBy(TestSettings.BUDGET);

        assertThat(got(waiting).outcome()).isEqualTo(onPrimary(Kind.PRIMARY, Level.SESSION));
    }

    @Test
    void aPositionOfAClusterThatNobodyKnowsIsReadStronglyAndThatOfAnotherOfOursMeansNothing() {
        assertThat(placed(session(Seen.NOTHING.with(Position.of(5, 1, new Lsn(1)), false)))
                        .outcome())
                .isEqualTo(onPrimary(Kind.PRIMARY, Level.STRONG));
        assertThat(placed(session(Seen.NOTHING.with(Position.of(ELSEWHERE, 9, new Lsn(99_999)), false)))
                        .outcome()
                        .kind())
                .isEqualTo(Kind.REPLICA);
    }

    @Test
    void aWriteWhosePositionNobodyKnowsIsReadStrongly() {
        assertThat(placed(session(Seen.NOTHING.withUnknownWrite(FakeProbe.SYSTEM)))
                        .outcome())
                .isEqualTo(onPrimary(Kind.PRIMARY, Level.STRONG));
    }

    @Test
    void aStepFromAReplicaBackToThePrimaryPromisesOnesOwnWritesOnly() {
        one.down(true);
        two.down(true);
        tick();

        assertThat(placed(session(seen(1, 900))).outcome().level()).isEqualTo(Level.SESSION);
        assertThat(placed(session(seen(1, 900).with(Position.of(FakeProbe.SYSTEM, 1, new Lsn(950)), true)))
                        .outcome())
                .isEqualTo(onPrimary(Kind.PRIMARY, Level.RYW));
    }

    @Test
    void afterAFailoverAWriteThatWasLostIsNamedAndOneThatWasKeptIsServed() {
        failOver();

        ReadTicket lost = placed(session(seen(1, 1001)));
        assertThat(lost.outcome()).isEqualTo(onPrimary(Kind.LOST_WRITE, Level.STRONG));
        assertThat(lost.judged()).containsOnlyKeys(new Branch(FakeProbe.SYSTEM, 1));
        assertThat(placed(session(seen(1, 1000))).outcome().kind()).isEqualTo(Kind.REPLICA);
    }

    @Test
    void aLaterPositionOnTheNewTimelineDoesNotHideTheLostWrite() {
        failOver();

        assertThat(placed(session(seen(1, 1001).merge(seen(2, 1010)))).outcome().kind())
                .isEqualTo(Kind.LOST_WRITE);
    }

    @Test
    void whatWasSeenOnALaterTimelineThanThePrimarysIsServedAsDegraded() {
        assertThat(placed(session(seen(2, 10))).outcome()).isEqualTo(onPrimary(Kind.DEGRADED, Level.EVENTUAL));
    }

    @Test
    void aHistoryThatCannotBeReadLeavesOlderPositionsUntold() {
        primary.promotedTo(2, 1010, Optional.empty());
        tick();

        assertThat(placed(session(seen(1, 900))).outcome().kind()).isEqualTo(Kind.DEGRADED);
    }

    @Test
    void aReplicaThatFollowedALostTimelineIsOut() {
        one.at(1005);
        failOver();

        assertThat(standing("one")).isEqualTo(Standing.DIVERGED);
        assertThat(standing("two")).isEqualTo(Standing.IN);
    }

    @Test
    void everyReplicaThatIsOutSaysWhy() {
        var server = new Reading.Identity(FakeProbe.SYSTEM, "one");
        var lsn = new Lsn(1000);
        Map.of(
                        Standing.PAUSED, new Reading(server, true, 1, lsn, true, Duration.ZERO),
                        Standing.DELAYED, new Reading(server, true, 1, lsn, false, Duration.ofMillis(1)),
                        Standing.PROMOTED, new Reading(server, false, 1, lsn, false, Duration.ZERO),
                        Standing.FOREIGN,
                                new Reading(new Reading.Identity(43, "one"), true, 1, lsn, false, Duration.ZERO),
                        Standing.IN, new Reading(server, true, 1, lsn, false, Duration.ZERO))
                .forEach((expected, reading) -> {
                    one.says(reading);
                    tick();
                    assertThat(standing("one")).isEqualTo(expected);
                });
        one.down(true);
        tick();
        assertThat(standing("one")).isEqualTo(Standing.UNREACHABLE);
        one.down(false);
        node("one").drain(true);
        assertThat(standing("one")).isEqualTo(Standing.DRAINED);
    }

    @Test
    void aReplicaThatFollowsATimelineOfWhichThePrimaryDidNotTellIsOutUntilItDoes() {
        one.says(FakeProbe.reading("one", true, 2, 5000));
        tick();
        assertThat(standing("one")).isEqualTo(Standing.AHEAD);

        primary.promotedTo(2, 5000, Optional.of(new Lineage(FakeProbe.SYSTEM, 2, Map.of(1, new Lsn(1000)))));
        tick();

        assertThat(standing("one")).isEqualTo(Standing.IN);
    }

    @Test
    void aReplicaThatIsAddedTakesReadsOneThatIsRemovedTakesNoneAndTheOthersStayWhoTheyAre() {
        Node stays = node("one");
        FakeProbe three = FakeProbe.replica("three", 1000);

        cluster.follow(cluster.primary().member(), List.of(stays.member(), new Member("three", false, three)));

        assertThat(cluster.replicas()).extracting(Node::name).containsExactly("one", "three");
        assertThat(node("one")).isSameAs(stays);
        assertThat(standing("three")).isEqualTo(Standing.IN);
        int asked = two.asked();
        tick();
        assertThat(two.asked()).isEqualTo(asked);
        assertThat(meters.find("headgate.reads.node.in").gauges())
                .extracting(gauge -> gauge.getId().getTag("node"))
                .containsExactlyInAnyOrder("one", "three");
    }

    @Test
    void aPrimaryAtAnotherAddressIsFollowedAndThatOfBeforeIsHeardNoMore() {
        FakeProbe promoted = FakeProbe.primary(1010);
        promoted.promotedTo(2, 1010, Optional.of(new Lineage(FakeProbe.SYSTEM, 2, Map.of(1, new Lsn(1000)))));
        List<Member> replicas = cluster.replicas().stream().map(Node::member).toList();

        cluster.follow(Member.primary(promoted), replicas);
        primary.at(9999);
        tick();

        assertThat(placed(session(seen(1, 1001))).outcome().kind()).isEqualTo(Kind.LOST_WRITE);
        assertThat(cluster.capture().toFuture().join()).isEqualTo(Position.of(FakeProbe.SYSTEM, 2, new Lsn(1010)));
    }

    @Test
    void aReplicaThatSaysNothingIsOutOnceItsTimeIsUpAndBackWithItsNextAnswer() {
        one.silent(true);
        time.advanceTimeBy(Duration.ofMillis(1100));
        assertThat(standing("one")).isEqualTo(Standing.UNREACHABLE);

        one.silent(false);
        time.advanceTimeBy(Duration.ofMillis(1100));

        assertThat(standing("one")).isEqualTo(Standing.IN);
    }

    @Test
    void aReplicaThatWasTooOldIsBackOnlyOnceItHasReallyCaughtUp() {
        for (int second = 1; second <= 12; second++) {
            primary.at(1000 + second);
            two.at(1000 + second);
            time.advanceTimeBy(Duration.ofSeconds(1));
        }
        assertThat(standing("one")).isEqualTo(Standing.TOO_OLD);

        one.at(1008);
        tick();
        assertThat(standing("one")).isEqualTo(Standing.TOO_OLD);

        one.at(1012);
        tick();
        assertThat(standing("one")).isEqualTo(Standing.IN);
    }

    @Test
    void aPrimaryThatIsGoneTakesNoCaughtUpReplicaWithIt() {
        primary.down(true);
        time.advanceTimeBy(Duration.ofMinutes(5));

        assertThat(placed(session(seen(1, 1000))).outcome().kind()).isEqualTo(Kind.REPLICA);
        assertThat(cluster.lag(node("one")).orElseThrow()).isGreaterThan(Duration.ofMinutes(4));
    }

    @Test
    void aBoundedReadTakesAReplicaThatIsYoungEnough() {
        for (int second = 1; second <= 5; second++) {
            primary.at(1000 + second);
            two.at(1000 + second);
            time.advanceTimeBy(Duration.ofSeconds(1));
        }

        for (int i = 0; i < 20; i++) {
            assertThat(placed(bounded(Duration.ofSeconds(2))).node().name()).isEqualTo("two");
        }
        two.down(true);
        tick();
        CompletableFuture<ReadTicket> waiting = place(bounded(Duration.ofSeconds(2)));
        time.advanceTimeBy(TestSettings.BUDGET);
        assertThat(got(waiting).outcome()).isEqualTo(onPrimary(Kind.PRIMARY, Level.BOUNDED));
        assertThat(placed(bounded(Duration.ofSeconds(9))).node().name()).isEqualTo("one");
    }

    @Test
    void noMoreReadsWaitThanTheSettingAllows() {
        Cluster narrow = cluster(Map.of("headgate.reads.choice.max-waiting", "1"));
        primary.at(2000);
        tick();
        List<CompletableFuture<ReadTicket>> reads = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            reads.add(future(narrow.place(session(seen(1, 2000)))));
        }

        assertThat(reads.getFirst()).isNotDone();
        assertThat(reads.subList(1, 3))
                .allSatisfy(read -> assertThat(got(read).outcome().kind()).isEqualTo(Kind.PRIMARY));
    }

    @Test
    void anObservationOfAnotherServerThanTheOneThatAnsweredIsNone() {
        ReadTicket ticket = placed(session(Seen.NOTHING));
        FakeProbe probe = ticket.node().name().equals("one") ? one : two;
        assertThat(cluster.observe(ticket).toFuture().join())
                .isEqualTo(Position.of(FakeProbe.SYSTEM, 1, new Lsn(1000)));

        probe.says(FakeProbe.reading("swapped", true, 1, 500));

        assertThat(cluster.observe(ticket).toFuture()).isCompletedExceptionally();
    }

    @Test
    void tellsHowAReadWasServedAsAStructuredField() {
        assertThat(new ReadOutcome(Kind.REPLICA, "replica-1", Level.SESSION, Optional.of(Duration.ofMillis(12)))
                        .headerValue())
                .isEqualTo("replica;node=\"replica-1\";level=session;lag=12");
        assertThat(onPrimary(Kind.LOST_WRITE, Level.STRONG).headerValue())
                .isEqualTo("lost-write;node=\"primary\";level=strong");
    }

    private void failOver() {
        primary.promotedTo(2, 1010, Optional.of(new Lineage(FakeProbe.SYSTEM, 2, Map.of(1, new Lsn(1000)))));
        tick();
    }

    private Cluster cluster(Map<String, String> settings) {
        var environment = new Environment(time, () -> time.now(TimeUnit.NANOSECONDS), new SplittableRandom(1));
        var made = new Cluster(
                "main",
                Member.primary(primary),
                List.of(new Member("one", false, one), new Member("two", true, two)),
                system -> system == ELSEWHERE,
                TestSettings.with(settings),
                environment,
                new ReadsMetrics(meters));
        made.start();
        return made;
    }

    private void tick() {
        time.advanceTimeBy(Duration.ofMillis(100));
    }

    private Node node(String name) {
        return cluster.replicas().stream()
                .filter(node -> node.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private Standing standing(String name) {
        return cluster.standing(node(name));
    }

    private CompletableFuture<ReadTicket> place(ReadNeed need) {
        return future(cluster.place(need));
    }

    private static CompletableFuture<ReadTicket> future(Mono<ReadTicket> ticket) {
        CompletableFuture<ReadTicket> future = new CompletableFuture<>();
        ticket.subscribe(future::complete, future::completeExceptionally);
        return future;
    }

    /** Given back at once where the primary has few places; on replicas it stays, as load. */
    private ReadTicket placed(ReadNeed need) {
        ReadTicket ticket = got(place(need));
        if (ticket.node() == cluster.primary()) {
            ticket.release();
        }
        return ticket;
    }

    /** Time moves by this test's hand, so what is not there by now never comes. */
    private static ReadTicket got(CompletableFuture<ReadTicket> ticket) {
        assertThat(ticket).isDone();
        return ticket.join();
    }

    private static ReadOutcome onPrimary(Kind kind, Level level) {
        return new ReadOutcome(kind, Cluster.PRIMARY, level, Optional.empty());
    }

    private static Seen seen(int timeline, long lsn) {
        return Seen.NOTHING.with(Position.of(FakeProbe.SYSTEM, timeline, new Lsn(lsn)), false);
    }

    private static ReadNeed session(Seen seen) {
        return new ReadNeed(Consistency.SESSION, seen, Duration.ZERO, false);
    }

    private static ReadNeed bounded(Duration maxAge) {
        return new ReadNeed(Consistency.BOUNDED, Seen.NOTHING, maxAge, false);
    }
}
