package io.headgate.api;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;

/**
 * Why a request is refused. Each carries what its reader can act on; none carries a secret, a query or an internal
 * name. {@link ProblemHandler} alone turns one into an answer.
 */
public sealed interface Problem {

    ProblemType type();

    /** One sentence on this occurrence. */
    String detail();

    /** Members of its own, beside those that every problem has. */
    default Map<String, Object> members() {
        return Map.of();
    }

    /** Headers of its own. */
    default Map<String, String> headers() {
        return Map.of();
    }

    default ProblemException asException() {
        return new ProblemException(this);
    }

    /** A problem that has nothing to say beyond its type and its detail. */
    record Plain(ProblemType type, String detail) implements Problem {}

    /** @param pointer to the place in the body that cannot be read, as a JSON Pointer */
    record MalformedAt(String pointer, String detail) implements Problem {
        @Override
        public ProblemType type() {
            return ProblemType.MALFORMED_REQUEST;
        }

        @Override
        public Map<String, Object> members() {
            return Map.of("pointer", pointer);
        }
    }

    /** @param error as RFC 6750 names it; empty where no credential came, of which the RFC says nothing more */
    record Unauthenticated(String error) implements Problem {
        @Override
        public ProblemType type() {
            return ProblemType.UNAUTHENTICATED;
        }

        @Override
        public String detail() {
            return error.isEmpty()
                    ? "This route needs a credential, and the request has none."
                    : "The credential is not valid here.";
        }

        @Override
        public Map<String, String> headers() {
            return Map.of(
                    HttpHeaders.WWW_AUTHENTICATE,
                    error.isEmpty()
                            ? "Bearer realm=\"headgate\""
                            : "Bearer realm=\"headgate\", error=\"" + error + "\"");
        }
    }

    /** @param decidingPolicies the ids of those that decided, for a caller who may see them */
    record Forbidden(String detail, Optional<List<String>> decidingPolicies) implements Problem {
        @Override
        public ProblemType type() {
            return ProblemType.FORBIDDEN;
        }

        @Override
        public Map<String, Object> members() {
            return decidingPolicies
                    .<Map<String, Object>>map(policies -> Map.of("deciding_policies", policies))
                    .orElse(Map.of());
        }
    }

    record MethodNotAllowed(Set<HttpMethod> allowed) implements Problem {
        @Override
        public ProblemType type() {
            return ProblemType.METHOD_NOT_ALLOWED;
        }

        @Override
        public String detail() {
            return "This path takes " + allow() + ".";
        }

        @Override
        public Map<String, String> headers() {
            return Map.of(HttpHeaders.ALLOW, allow());
        }

        private String allow() {
            return allowed.stream().map(HttpMethod::name).collect(Collectors.toCollection(TreeSet::new)).stream()
                    .collect(Collectors.joining(", "));
        }
    }

    /** @param problems each with the place that it is about, from the document's root */
    record InvalidResource(String detail, List<SpecProblem> problems) implements Problem {
        @Override
        public ProblemType type() {
            return ProblemType.INVALID_RESOURCE;
        }

        @Override
        public Map<String, Object> members() {
            return Map.of("problems", problems);
        }
    }

    /** @param problems each with the place that it is about, from the name of the parameter or the body's root */
    record InvalidQuery(List<SpecProblem> problems) implements Problem {
        public InvalidQuery {
            problems = List.copyOf(problems);
        }

        @Override
        public ProblemType type() {
            return ProblemType.INVALID_QUERY;
        }

        @Override
        public String detail() {
            SpecProblem first = problems.getFirst();
            return first.pointer() + ": " + first.detail();
        }

        @Override
        public Map<String, Object> members() {
            return Map.of("pointer", problems.getFirst().pointer(), "problems", problems);
        }
    }

    record Conflicting(String detail, List<Review.Conflict> conflicts) implements Problem {
        @Override
        public ProblemType type() {
            return ProblemType.CONFLICT;
        }

        @Override
        public Map<String, Object> members() {
            return Map.of(
                    "conflicts",
                    conflicts.stream()
                            .map(conflict -> Map.of(
                                    "kind", conflict.kind(),
                                    "resource", conflict.other().toString(),
                                    "pointer", conflict.pointer(),
                                    "example", conflict.example()))
                            .toList());
        }
    }

    /** @param violated the limits that have no room for the request */
    record Limited(List<ResourceId> violated, Duration retryAfter) implements Problem {

        public Limited {
            violated = List.copyOf(violated);
        }

        @Override
        public ProblemType type() {
            return ProblemType.TOO_MANY_REQUESTS;
        }

        @Override
        public String detail() {
            return "The request is over " + (violated.size() == 1 ? "a limit." : violated.size() + " limits.");
        }

        @Override
        public Map<String, Object> members() {
            return Map.of(
                    "retry_after",
                    seconds(retryAfter),
                    "violated_policies",
                    violated.stream().map(ResourceId::toString).toList());
        }

        @Override
        public Map<String, String> headers() {
            return Map.of(HttpHeaders.RETRY_AFTER, Long.toString(seconds(retryAfter)));
        }
    }

    /**
     * @param cost as the planner of the database reckons
     * @param indexed the fields by which rows are found without reading them all
     */
    record FilterTooExpensive(long cost, long allowed, List<String> indexed) implements Problem {

        public FilterTooExpensive {
            indexed = List.copyOf(indexed);
        }

        @Override
        public ProblemType type() {
            return ProblemType.FILTER_TOO_EXPENSIVE;
        }

        @Override
        public String detail() {
            return "The query would cost " + cost + " (expected: at most " + allowed + "). "
                    + (indexed.isEmpty()
                            ? "Ask for less."
                            : "Narrow it, or order it, by what is indexed: " + String.join(", ", indexed) + ".");
        }

        @Override
        public Map<String, Object> members() {
            return Map.of("estimated_cost", cost, "allowed_cost", allowed, "indexed_fields", indexed);
        }
    }

    /** @param size of what a part was asked of, in bytes */
    record RangeNotSatisfiable(long size) implements Problem {
        @Override
        public ProblemType type() {
            return ProblemType.RANGE_NOT_SATISFIABLE;
        }

        @Override
        public String detail() {
            return "Range (expected: within " + size + " bytes)";
        }

        @Override
        public Map<String, String> headers() {
            return Map.of(HttpHeaders.CONTENT_RANGE, "bytes */" + size);
        }
    }

    /** A refusal that ends by itself: whoever waits that long may try again. */
    record TryLater(ProblemType type, String detail, Duration retryAfter) implements Problem {

        @Override
        public Map<String, Object> members() {
            return Map.of("retry_after", seconds(retryAfter));
        }

        @Override
        public Map<String, String> headers() {
            return Map.of(HttpHeaders.RETRY_AFTER, Long.toString(seconds(retryAfter)));
        }
    }

    /** Rounded up, so that whoever waits exactly that long does not come too early. */
    private static long seconds(Duration time) {
        return Math.max(1, time.plusNanos(999_999_999).toSeconds());
    }

    static Problem of(ProblemType type, String detail) {
        return new Plain(type, detail);
    }

    static Problem tryLater(ProblemType type, String detail, Duration retryAfter) {
        return new TryLater(type, detail, retryAfter);
    }
}
