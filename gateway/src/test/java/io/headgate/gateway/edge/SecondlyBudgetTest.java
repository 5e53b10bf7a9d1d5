package io.headgate.gateway.edge;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SecondlyBudgetTest {

    private final AtomicLong nanos = new AtomicLong(-5_000_000_000L);

    @Test
    void givesSoManyASecondAndAsManyInTheNext() {
        var budget = new SecondlyBudget(3, nanos::get);
        assertThat(takenOfTen(budget)).isEqualTo(3);
        nanos.addAndGet(1_000_000_000L);
        assertThat(takenOfTen(budget)).isEqualTo(3);
        assertThat(takenOfTen(budget)).isZero();
    }

    @Test
    void givesNothingWhereNothingIsAllowed() {
        assertThat(takenOfTen(new SecondlyBudget(0, nanos::get))).isZero();
    }

    private static long takenOfTen(SecondlyBudget budget) {
        return IntStream.range(0, 10).filter(i -> budget.take()).count();
    }
}
