package io.headgate.reads;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

class RoundsTest {

    private final List<Sinks.One<String>> sent = new ArrayList<>();
    private final Rounds<String> rounds = new Rounds<>(() -> {
        Sinks.One<String> answer = Sinks.one();
        sent.add(answer);
        return answer.asMono();
    });

    @Test
    void whoAsksWhileAQuestionIsUnderWayGetsTheAnswerToTheNextOne() {
        var first = rounds.ask().toFuture();
        var second = rounds.ask().toFuture();
        assertThat(sent).hasSize(1);

        sent.getFirst().tryEmitValue("before the second's commit");

        assertThat(first).isCompletedWithValue("before the second's commit");
        assertThat(second).isNotDone();
        assertThat(sent).hasSize(2);
        sent.get(1).tryEmitValue("after it");
        assertThat(second).isCompletedWithValue("after it");
    }

    @Test
    void allThatGatherMeanwhileShareOneQuestion() {
        rounds.start();
        var waiting = new ArrayList<CompletableFuture<@Nullable String>>();
        for (int i = 0; i < 100; i++) {
            waiting.add(rounds.ask().toFuture());
        }

        sent.getFirst().tryEmitValue("too old");
        sent.get(1).tryEmitValue("fresh");

        assertThat(sent).hasSize(2);
        assertThat(waiting).allSatisfy(answer -> assertThat(answer).isCompletedWithValue("fresh"));
    }

    @Test
    void anAskerThatWasMadeEarlierCountsFromItsSubscription() {
        Mono<String> made = rounds.ask();
        rounds.start();
        var answer = made.toFuture();

        sent.getFirst().tryEmitValue("too old");

        assertThat(answer).isNotDone();
    }

    @Test
    void aQuestionThatFailsFailsItsOwnAskersAndNoOthers() {
        var first = rounds.ask().toFuture();
        var second = rounds.ask().toFuture();

        sent.getFirst().tryEmitError(new IllegalStateException("gone"));
        sent.get(1).tryEmitValue("back");

        assertThat(first).isCompletedExceptionally();
        assertThat(second).isCompletedWithValue("back");
    }

    @Test
    void anEmptyAnswerIsAFailureAndAnAskerThatGoesAwayHurtsNobody() {
        rounds.ask().subscribe().dispose();
        var second = rounds.ask().toFuture();

        sent.getFirst().tryEmitEmpty();
        sent.get(1).tryEmitEmpty();

        assertThat(second).isCompletedExceptionally();
    }
}
