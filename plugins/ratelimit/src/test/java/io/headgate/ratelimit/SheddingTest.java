package io.headgate.ratelimit;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.ratelimit.LimitsProperties.SheddingMode;
import io.headgate.ratelimit.SimulatedBackend.Client;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A backend that answers 160 requests a second at best, and who gets them when more are asked. */
class SheddingTest {

    private static final int CAPACITY = 160;
    private static final Duration SERVICE = Duration.ofMillis(100);
    private static final Duration A_WHILE = Duration.ofSeconds(20);
    private static final Duration LONG = Duration.ofSeconds(60);

    private final SimulatedBackend backend = backend(SheddingMode.ENFORCE);

    private static SimulatedBackend backend(SheddingMode mode) {
        return new SimulatedBackend(16, SERVICE, Instance.shedding(mode));
    }

    private Client usual(Criticality criticality) {
        Client client = backend.client("acme", criticality, CAPACITY * 0.5);
        backend.run(A_WHILE);
        backend.forget();
        return client;
    }

    @Test
    void refusesNobodyWhereTheBackendKeepsUp() {
        Client client = usual(Criticality.SHEDDABLE);
        backend.asks(client, CAPACITY * 0.7);

        backend.run(LONG);

        assertThat(client.refused).as(client.toString()).isZero();
        assertThat(backend.throttle().limit()).isEqualTo(1_000);
    }

    @Test
    void keepsAnswersNearTheirUsualTimeAndTheBackendBusyHoweverMuchIsAsked() {
        Client client = usual(Criticality.DEFAULT);
        backend.asks(client, CAPACITY * 4);
        backend.run(A_WHILE);
        backend.forget();

        backend.run(LONG);

        assertThat(client.answered).as(client.toString()).isGreaterThan(60 * CAPACITY * 95 / 100);
        assertThat(client.mean())
                .as(client.toString())
                .isLessThan(SERVICE.multipliedBy(5).dividedBy(2));
    }

    @Test
    void withoutItTheQueueWouldGrowForEver() {
        SimulatedBackend unprotected = backend(SheddingMode.SHADOW);
        Client client = unprotected.client("acme", Criticality.DEFAULT, CAPACITY * 0.5);
        unprotected.run(A_WHILE);
        unprotected.asks(client, CAPACITY * 4);

        unprotected.run(LONG);

        assertThat(client.refused).isZero();
        assertThat(client.mean()).as(client.toString()).isGreaterThan(Duration.ofSeconds(10));
        assertThat(unprotected
                        .meters
                        .get("headgate.limits.shedding.refused")
                        .tag("share", "within")
                        .tag("criticality", "default")
                        .counter()
                        .count())
                .as("counted all the same")
                .isGreaterThan(1_000);
    }

    @ParameterizedTest
    @CsvSource({"2, 1.0", "2, 0.5", "2, 0.05", "4, 1.0", "4, 0.6", "8, 1.0"})
    void aTenantAtTenTimesItsShareCostsTheOthersNextToNothing(int tenants, double ofTheirShare) {
        double share = (double) CAPACITY / tenants;
        List<Client> others = new ArrayList<>();
        for (int i = 1; i < tenants; i++) {
            others.add(backend.client("tenant-" + i, Criticality.DEFAULT, share * ofTheirShare));
        }
        backend.run(A_WHILE);
        Client greedy = backend.client("greedy", Criticality.DEFAULT, share * 10);
        backend.run(Duration.ofSeconds(5));
        backend.forget();

        backend.run(LONG.multipliedBy(3));

        for (Client other : others) {
            assertThat(other.share())
                    .as("of what it is entitled to: %s; %s", other, greedy)
                    .isGreaterThan(0.95);
        }
        int answered = greedy.answered
                + others.stream().mapToInt(other -> other.answered).sum();
        assertThat(answered).as("answered to all").isGreaterThan(180 * CAPACITY * 95 / 100);
    }

    @ParameterizedTest
    @CsvSource({"5, 2", "5, 4", "500, 4", "2000, 2", "2000, 4", "5000, 4", "10000, 2"})
    void andSoHoweverLongTheBackendTakes(int millis, int tenants) {
        assertThat(sharesBeside(10, millis, tenants))
                .as("of what each is entitled to")
                .allSatisfy(share -> assertThat(share).isGreaterThan(0.95));
    }

    /** So many lose nearly as much to chance alone: what counts is what the greedy one adds. */
    @ParameterizedTest
    @CsvSource({"500", "2000", "5000"})
    void norDoesItCostManyMoreOnASlowBackend(int millis) {
        List<Double> beforehand = sharesBeside(1, millis, 8);
        List<Double> beside = sharesBeside(10, millis, 8);

        for (int i = 0; i < beside.size(); i++) {
            assertThat(beside.get(i)).as("tenant %s", i).isGreaterThan(beforehand.get(i) - 0.05);
        }
    }

    /** What tenants that ask for their share get of it, beside one that asks for so many times that. */
    private static List<Double> sharesBeside(int timesItsShare, int millis, int tenants) {
        var slow = new SimulatedBackend(16, Duration.ofMillis(millis), Instance.shedding(SheddingMode.ENFORCE));
        double share = 16 * 1000.0 / millis / tenants;
        Duration unit = Duration.ofMillis(Math.max(millis, 100)).multipliedBy(50);
        List<Client> others = new ArrayList<>();
        for (int i = 1; i < tenants; i++) {
            others.add(slow.client("tenant-" + i, Criticality.DEFAULT, share));
        }
        slow.run(unit.multipliedBy(4));
        slow.client("beside", Criticality.DEFAULT, share * timesItsShare);
        slow.run(unit.multipliedBy(2));
        slow.forget();

        slow.run(unit.multipliedBy(30));

        return others.stream().map(Client::share).toList();
    }

    @Test
    void aTenantThatIsAloneMayUseAllOfIt() {
        usual(Criticality.DEFAULT);
        Client alone = backend.client("acme", Criticality.DEFAULT, CAPACITY * 10);
        backend.run(A_WHILE);
        backend.forget();

        backend.run(LONG);

        assertThat(alone.answered).as(alone.toString()).isGreaterThan(60 * CAPACITY * 85 / 100);
        assertThat(backend.meters
                        .get("headgate.limits.shedding.refused")
                        .tag("share", "above")
                        .tag("criticality", "default")
                        .counter()
                        .count())
                .isZero();
    }

    @Test
    void shedsWhatMattersLeastFirst() {
        usual(Criticality.DEFAULT);
        Client critical = backend.client("acme", Criticality.CRITICAL, CAPACITY * 0.5);
        Client sheddable = backend.client("acme", Criticality.SHEDDABLE, CAPACITY * 0.5);
        Client standard = backend.client("acme", Criticality.DEFAULT, CAPACITY * 0.3);
        backend.run(A_WHILE);
        backend.forget();

        backend.run(LONG);

        assertThat(critical.share()).as(critical.toString()).isGreaterThan(0.98);
        assertThat(standard.share()).as(standard + "; " + sheddable).isBetween(0.3, 0.9);
        assertThat(sheddable.share()).as(sheddable.toString()).isLessThan(0.1);
    }

    @Test
    void shedsASheddableRequestOfAModestTenantBeforeADefaultOneOfAGreedyOne() {
        usual(Criticality.DEFAULT);
        Client greedy = backend.client("greedy", Criticality.DEFAULT, CAPACITY * 3);
        Client modest = backend.client("modest", Criticality.SHEDDABLE, CAPACITY * 0.1);
        backend.run(A_WHILE);
        backend.forget();

        backend.run(LONG);

        assertThat(modest.share()).as(modest + "; " + greedy).isLessThan(0.1);
        assertThat(greedy.answered).as(greedy.toString()).isGreaterThan(60 * CAPACITY / 3);
    }

    @Test
    void isWideOpenAgainSoonAfterTheBackendHasRecovered() {
        Client client = usual(Criticality.DEFAULT);
        backend.becomes(2, SERVICE);
        backend.run(A_WHILE);
        assertThat(backend.throttle().limit()).as("while it was slow").isLessThan(60);

        backend.becomes(16, SERVICE);
        backend.run(Duration.ofSeconds(15));
        backend.forget();
        backend.run(LONG);

        assertThat(client.refused).as(client.toString()).isZero();
        assertThat(backend.throttle().limit()).isEqualTo(1_000);
    }

    @Test
    void learnsThatABackendHasBecomeSlowerForGood() {
        Client client = usual(Criticality.DEFAULT);
        backend.becomes(160, SERVICE.multipliedBy(10));
        backend.run(LONG);
        backend.forget();

        backend.run(LONG);

        assertThat(client.refused).as(client.toString()).isZero();
    }

    @Test
    void givesABackendThatHangsNoMoreThanTheLeast() {
        Client client = usual(Criticality.DEFAULT);
        backend.asks(client, CAPACITY);
        backend.becomes(0, SERVICE);
        backend.run(Duration.ofSeconds(5));

        assertThat(backend.throttle().limit()).isEqualTo(20);

        backend.becomes(16, SERVICE);
        backend.asks(client, CAPACITY * 0.5);
        backend.run(A_WHILE);
        backend.forget();
        backend.run(LONG);
        assertThat(client.refused).as(client.toString()).isZero();
    }

    @Test
    void takesNoSlowRouteThatIsNewForABackendThatHangs() {
        SimulatedBackend slow =
                new SimulatedBackend(400, SERVICE.multipliedBy(50), Instance.shedding(SheddingMode.ENFORCE));
        Client client = slow.client("acme", Criticality.DEFAULT, 30);

        slow.run(LONG);

        assertThat(client.refused).as(client.toString()).isZero();
        assertThat(slow.throttle().limit()).isEqualTo(1_000);
    }

    @Test
    void givesLessToABackendThatFails() {
        usual(Criticality.DEFAULT);
        backend.fails(0.3);
        backend.run(A_WHILE);

        assertThat(backend.throttle().limit()).isLessThan(100);

        backend.fails(0);
        backend.run(LONG.multipliedBy(2));
        assertThat(backend.throttle().limit()).isEqualTo(1_000);
    }

    @Test
    void tellsRoutesApartSoThatMoreOfTheSlowOnesIsNotTakenForASlowBackend() {
        SimulatedBackend mixed = new SimulatedBackend(400, SERVICE, Instance.shedding(SheddingMode.ENFORCE));
        Client fast = mixed.client("acme", Criticality.DEFAULT, "reports/quick", 300);
        mixed.run(A_WHILE);
        mixed.becomes(400, SERVICE.multipliedBy(8));

        Client slow = mixed.client("acme", Criticality.DEFAULT, "reports/slow", 300);
        mixed.asks(fast, 0);
        mixed.run(LONG);

        assertThat(slow.refused).as(slow.toString()).isZero();
    }

    @Test
    void learnsWhatIsUsualFirstAndSoTakesAColdStartForNothingElse() {
        SimulatedBackend cold =
                new SimulatedBackend(400, SERVICE.multipliedBy(20), Instance.shedding(SheddingMode.ENFORCE));
        Client client = cold.client("acme", Criticality.DEFAULT, 100);
        cold.run(Duration.ofSeconds(4));
        cold.becomes(400, SERVICE);

        cold.run(LONG);

        assertThat(client.refused).as(client.toString()).isZero();
        assertThat(cold.throttle().limit()).isEqualTo(1_000);
    }
}
