package io.headgate.reads;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The checker of histories can fail: it finds nothing in what this module does, and something in each of its mutants. */
class CheckerFindsTest {

    @ParameterizedTest
    @EnumSource
    void nothingInTheRouterAsItIs(Situation situation) {
        assertThat(situation.get()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "TOKENS_ARE_IGNORED, A_REPLICA_TRAILS",
        "POSITION_IS_TAKEN_BEFORE_THE_ANSWER, A_REPLICA_TRAILS",
        "POSITION_IS_TAKEN_BEFORE_COMMIT, A_COMMIT_IS_NOT_FLUSHED",
        "WRITE_POSITION_IS_TAKEN_FOR_THE_INSERT_POSITION, A_COMMIT_IS_NOT_FLUSHED",
        "CAPTURE_IN_FLIGHT_IS_JOINED, TWO_WRITE_AT_ONCE",
        "LAST_TOKEN_WINS, AN_OLDER_TOKEN_COMES_LAST",
        "TIMELINE_IS_IGNORED_IN_TOKENS, A_FAILOVER_LOSES_THE_TAIL",
        "LEFT_TIMELINE_IS_IGNORED_IN_REPLICAS, A_REPLICA_KEEPS_THE_LOST_TAIL",
        "NEXT_TIMELINE_IS_IGNORED_IN_REPLICAS, A_REPLICA_IS_AHEAD_OF_A_FAILOVER",
    })
    void aStaleReadInEachMutant(Mutant mutant, Situation situation, @TempDir Path scratch) throws IOException {
        assertThat(mutant.violationsWhen(situation, scratch))
                .as("%s, when %s", mutant, situation)
                .isNotEmpty()
                .allSatisfy(found -> assertThat(found).startsWith("does not see its own write"));
    }
}
