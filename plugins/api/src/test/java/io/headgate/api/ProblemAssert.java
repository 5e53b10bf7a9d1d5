package io.headgate.api;

import org.assertj.core.api.AbstractAssert;
import org.assertj.core.api.Assertions;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/** What a step refused with. */
public final class ProblemAssert extends AbstractAssert<ProblemAssert, Problem> {

    private ProblemAssert(@Nullable Problem problem) {
        super(problem, ProblemAssert.class);
    }

    public static ProblemAssert assertThatProblem(Problem problem) {
        return new ProblemAssert(problem);
    }

    public static ProblemAssert assertThatProblemThrownBy(ThrowingCallable call) {
        return of(Assertions.catchThrowable(call));
    }

    /** Subscribes, and expects that it ends in a refusal. */
    public static ProblemAssert assertThatRefusalOf(Mono<?> publisher) {
        return of(Assertions.catchThrowable(publisher::block));
    }

    private static ProblemAssert of(@Nullable Throwable thrown) {
        Assertions.assertThat(thrown).as("what was thrown").isInstanceOf(ProblemException.class);
        return new ProblemAssert(((ProblemException) java.util.Objects.requireNonNull(thrown)).problem());
    }

    public ProblemAssert hasType(ProblemType type) {
        Assertions.assertThat(actual.type()).as("type of %s", actual).isEqualTo(type);
        return this;
    }

    public ProblemAssert hasHeader(String name, String value) {
        Assertions.assertThat(actual.headers()).as("headers of %s", actual).containsEntry(name, value);
        return this;
    }

    public ProblemAssert hasMember(String name, Object value) {
        Assertions.assertThat(actual.members()).as("members of %s", actual).containsEntry(name, value);
        return this;
    }

    public ProblemAssert hasDetailContaining(String text) {
        Assertions.assertThat(actual.detail()).as("detail of %s", actual).contains(text);
        return this;
    }
}
