package io.headgate.authz;

import io.headgate.api.Decision.Deny;
import io.headgate.api.Decision.Permit;
import io.headgate.api.Decision.Undecided;
import io.headgate.api.Problem;
import io.headgate.api.ProblemException;
import io.headgate.api.ProblemType;
import io.headgate.authz.AuthorizeFilter.Authority;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import tools.jackson.databind.JsonNode;

/**
 * Decides for services, by the engine, the memory and the audit of the edge. Both protocols come in here, with their
 * questions as AuthZEN writes them. What is not decided, or not recorded, is never a yes.
 */
public final class Evaluations {

    private static final Logger log = LoggerFactory.getLogger(Evaluations.class);

    private final LivePolicies live;
    private final Authority authority;
    private final Clock clock;
    private final int atOnce;
    private final int maxEvaluations;
    private final int maxConcurrent;
    private final AtomicInteger underWay = new AtomicInteger();

    /** @param atOnce questions of one list that may wait at once */
    Evaluations(LivePolicies live, Authority authority, Clock clock, int atOnce, AuthzProperties.Served bounds) {
        this.live = live;
        this.authority = authority;
        this.clock = clock;
        this.atOnce = atOnce;
        this.maxEvaluations = bounds.maxEvaluations();
        this.maxConcurrent = bounds.maxConcurrent();
    }

    /** Exactly one answer that was decided, or a {@link ProblemException}. It may come on another thread. */
    public Mono<Evaluated> one(JsonNode request, Asker asker) {
        return within(() -> evaluated(new EvaluationReader(request).only(), asker))
                .map(Evaluations::decided);
    }

    private static Evaluated decided(Evaluated evaluated) {
        if (evaluated instanceof Evaluated.Failed(Problem problem)) {
            throw problem.asException();
        }
        return evaluated;
    }

    /** Whether the request has a list of questions, and is not itself the only one. */
    public static boolean isList(JsonNode request) {
        JsonNode items = request.path(EvaluationReader.EVALUATIONS);
        return !items.isMissingNode() && !items.isNull() && !(items.isArray() && items.isEmpty());
    }

    /**
     * The answers in the order of the questions, as many as the semantic asks for, or a {@link ProblemException} that
     * concerns all of them.
     */
    public Mono<List<Evaluated>> all(JsonNode request, Asker asker) {
        return within(() -> {
            var reader = new EvaluationReader(request);
            Semantic semantic = reader.semantic();
            List<JsonNode> items = reader.items(maxEvaluations);
            Flux<Mono<Evaluated>> answers = Flux.fromStream(IntStream.range(0, items.size())
                    .mapToObj(index -> Mono.defer(() -> item(reader, items.get(index), index, asker))));
            // no more than the threads that decide, so that one list leaves room in their queue
            return (semantic == Semantic.EXECUTE_ALL
                            ? answers.flatMapSequential(answer -> answer, atOnce)
                            : answers.concatMap(answer -> answer, 1).takeUntil(semantic::endsWith))
                    .collectList();
        });
    }

    private Mono<Evaluated> item(EvaluationReader reader, JsonNode item, int index, Asker asker) {
        Evaluation evaluation;
        try {
            evaluation = reader.item(item, index);
        } catch (ProblemException malformed) {
            return Mono.just(counted(new Evaluated.Failed(malformed.problem()), asker));
        }
        return evaluated(evaluation, asker);
    }

    private <T> Mono<T> within(Supplier<Mono<T>> work) {
        return Mono.using(this::enter, _ -> work.get(), _ -> underWay.decrementAndGet());
    }

    private Integer enter() {
        int now = underWay.incrementAndGet();
        if (now > maxConcurrent) {
            underWay.decrementAndGet();
            throw Problem.tryLater(
                            ProblemType.TOO_MANY_REQUESTS,
                            "As many questions are under way as this instance takes at once: " + maxConcurrent + ".",
                            Duration.ofSeconds(1))
                    .asException();
        }
        return now;
    }

    private Mono<Evaluated> evaluated(Evaluation evaluation, Asker asker) {
        var inquiry = new ServedInquiry(evaluation, asker, live.owning(evaluation.resource()), clock);
        Optional<Judgement> known = authority.engine().known(inquiry);
        return known.isPresent()
                ? Mono.just(conclude(inquiry, known.get(), true))
                : authority.engine().judge(inquiry).map(judgement -> conclude(inquiry, judgement, false));
    }

    private Evaluated conclude(ServedInquiry inquiry, Judgement judgement, boolean known) {
        return counted(
                switch (judgement.decision()) {
                    case Permit permit ->
                        new Evaluated.Permitted(
                                record(inquiry, judgement, known), shown(permit.policies(), inquiry.asker()));
                    case Deny deny ->
                        new Evaluated.Denied(
                                record(inquiry, judgement, known),
                                deny.reason(),
                                shown(deny.policies(), inquiry.asker()));
                    case Undecided(String reason) -> {
                        log.atDebug().addKeyValue("reason", reason).log("undecided");
                        yield new Evaluated.Failed(unanswerable(inquiry));
                    }
                },
                inquiry.asker());
    }

    /** What the service can mend is said to be so; all else may end by itself. */
    private static Problem unanswerable(ServedInquiry inquiry) {
        return inquiry.policies()
                .misfit(inquiry.question())
                .<Problem>map(
                        misfit -> new Problem.MalformedAt(inquiry.asked().place() + misfit.pointer(), misfit.detail()))
                .orElse(AuthorizeFilter.UNDECIDED);
    }

    private UUID record(ServedInquiry inquiry, Judgement judgement, boolean known) {
        try {
            return authority.decisions().record(inquiry, judgement.decision(), known);
        } catch (RuntimeException unrecorded) {
            authority.metrics().unrecorded();
            throw unrecorded;
        }
    }

    private Optional<List<String>> shown(List<String> policies, Asker asker) {
        return asker.caller().roles().stream().anyMatch(authority.explainTo()::contains)
                ? Optional.of(policies)
                : Optional.empty();
    }

    private Evaluated counted(Evaluated evaluated, Asker asker) {
        authority.metrics().served(asker.via(), evaluated);
        return evaluated;
    }
}
