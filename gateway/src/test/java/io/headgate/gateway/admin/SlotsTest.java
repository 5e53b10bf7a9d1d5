package io.headgate.gateway.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.api.ProblemException;
import io.headgate.api.ProblemType;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.test.StepVerifier;

class SlotsTest {

    private final Slots slots = new Slots(1);

    @Test
    void refusesWhatIsBeyondTheLimitAndSaysWhenToComeBack() {
        Sinks.One<String> work = Sinks.one();
        var first = slots.within(work::asMono).subscribe();

        StepVerifier.create(slots.within(() -> Mono.just("second")))
                .expectErrorSatisfies(error -> {
                    assertThat(error).isInstanceOf(ProblemException.class);
                    var problem = ((ProblemException) error).problem();
                    assertThat(problem.type()).isEqualTo(ProblemType.TOO_MANY_REQUESTS);
                    assertThat(problem.headers()).containsKey("Retry-After");
                })
                .verify();

        work.tryEmitValue("done");
        assertThat(first.isDisposed()).isTrue();
        assertFree();
    }

    @Test
    void aSlotIsFreeAgainAfterCompletionErrorAndCancel() {
        StepVerifier.create(slots.within(() -> Mono.just("done")))
                .expectNext("done")
                .verifyComplete();
        assertFree();
        StepVerifier.create(slots.within(() -> Mono.error(new IllegalStateException())))
                .verifyError();
        assertFree();
        StepVerifier.create(slots.within(() -> {
                    throw new IllegalStateException();
                }))
                .verifyError();
        assertFree();
        slots.within(Mono::never).subscribe().dispose();
        assertFree();
    }

    private void assertFree() {
        StepVerifier.create(slots.within(() -> Mono.just("free")))
                .expectNext("free")
                .verifyComplete();
    }
}
