package io.headgate.authz;

import io.headgate.api.Findings.Share;
import io.headgate.api.Findings.Subject;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * What this instance has found out about something that others look at as well. What an earlier run of this instance
 * kept is taken up again, so that a restart loses nothing.
 *
 * @param <T> a value that is written as JSON
 */
abstract class Shared<T> {

    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final Class<T> type;
    private @Nullable Optional<T> earlier;

    Shared(Class<T> type) {
        this.type = type;
    }

    abstract Subject subject();

    /** Only what has the same adds up. */
    abstract String basis();

    /** What this run has found out. */
    abstract T found();

    abstract T sum(List<T> parts);

    /** Moves with everything that is found. */
    abstract long changes();

    /** Once, with what an earlier run has kept; later ones do nothing. */
    final synchronized void resume(Optional<Share> kept) {
        if (earlier == null) {
            earlier = kept.filter(this::isAboutThis).flatMap(this::read);
        }
    }

    final synchronized boolean isResumed() {
        return earlier != null;
    }

    /** Whatever this instance knows, from before its start too. */
    final T whole() {
        Optional<T> before = before();
        return before.isEmpty() ? found() : sum(List.of(before.get(), found()));
    }

    private synchronized Optional<T> before() {
        return earlier == null ? Optional.empty() : earlier;
    }

    final Share share() {
        return new Share(subject(), basis(), JSON.writeValueAsString(whole()));
    }

    final boolean isAboutThis(Share share) {
        return share.basis().equals(basis()) && share.subject().equals(subject());
    }

    /** Empty where another build wrote what this one cannot read. */
    final Optional<T> read(Share share) {
        try {
            return Optional.of(JSON.readValue(share.body(), type));
        } catch (JacksonException e) {
            return Optional.empty();
        }
    }
}
