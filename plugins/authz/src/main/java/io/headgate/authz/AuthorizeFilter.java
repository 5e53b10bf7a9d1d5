package io.headgate.authz;

import io.headgate.api.BackendListener;
import io.headgate.api.Caller;
import io.headgate.api.Decision.Deny;
import io.headgate.api.Decision.Granted;
import io.headgate.api.Decision.Permit;
import io.headgate.api.Decision.Reason;
import io.headgate.api.Decision.Undecided;
import io.headgate.api.EventLoops;
import io.headgate.api.Problem;
import io.headgate.api.ProblemType;
import io.headgate.authz.RouteQuestions.Asked;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.cloud.gateway.filter.GatewayFilter;
import org.springframework.cloud.gateway.filter.GatewayFilterChain;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

/**
 * Passes what policies permit, once the audit has it. Without a decision, or without a record of it, nothing passes;
 * in shadow mode everything does, and what would have become of it is recorded.
 */
final class AuthorizeFilter implements GatewayFilter {

    /** Names the decision in the audit, to whoever is refused or served. */
    static final String DECISION_HEADER = "Headgate-Decision";

    private static final Logger log = LoggerFactory.getLogger(AuthorizeFilter.class);
    static final Problem UNDECIDED = Problem.tryLater(
            ProblemType.AUTHORIZATION_UNAVAILABLE,
            "Whether the caller may do this cannot be decided at the moment.",
            Duration.ofSeconds(1));

    /**
     * What all routes share.
     *
     * @param explainTo roles whose holders learn which policies refused them
     */
    record Authority(PolicyEngine engine, DecisionLog decisions, AuthzMetrics metrics, Set<String> explainTo) {}

    private final Authority authority;
    private final Questions questions;
    private final AuthzMode mode;
    private final Optional<LegacyTally> legacy;

    /** Where no backend is compared with. */
    AuthorizeFilter(Authority authority, Questions questions, AuthzMode mode) {
        this(authority, questions, mode, Optional.empty());
    }

    AuthorizeFilter(Authority authority, Questions questions, AuthzMode mode, Optional<LegacyTally> legacy) {
        this.authority = authority;
        this.questions = questions;
        this.mode = mode;
        this.legacy = legacy;
    }

    @Override
    public Mono<Void> filter(ServerWebExchange exchange, GatewayFilterChain chain) {
        Optional<Asked> asked = questions.ask(exchange, Caller.KEY.get(exchange));
        if (asked.isEmpty()) {
            legacy.ifPresent(tally -> BackendListener.KEY.put(
                    exchange, headers -> tally.answered(RouteQuestions.requestId(exchange), headers)));
            return undecided("no operation of the route takes the request").orElseGet(() -> chain.filter(exchange));
        }
        Optional<Judgement> known = authority.engine().known(asked.get());
        return known.isPresent()
                ? conclude(asked.get(), known.get(), true, exchange).orElseGet(() -> chain.filter(exchange))
                : authority
                        .engine()
                        .judge(asked.get())
                        .publishOn(EventLoops.of(exchange.getRequest()))
                        .flatMap(judgement -> conclude(asked.get(), judgement, false, exchange)
                                .orElseGet(() -> chain.filter(exchange)));
    }

    /** A refusal, or nothing where the request goes on. */
    private Optional<Mono<Void>> conclude(Asked asked, Judgement judgement, boolean known, ServerWebExchange exchange) {
        var entry = new DecisionLog.Entry(asked, judgement.decision(), mode, known);
        if (mode == AuthzMode.ENFORCE && judgement.decision() instanceof Undecided(String reason)) {
            recordIfPossible(entry, exchange);
            return undecided(reason);
        }
        try {
            UUID id = authority.decisions().record(entry, exchange);
            name(id, exchange);
            return judgement.decision() instanceof Deny deny && mode == AuthzMode.ENFORCE
                    ? Optional.of(Mono.error(refusal(deny, asked.caller()).asException()))
                    : grant(entry, id, exchange);
        } catch (RuntimeException unrecorded) {
            return unrecorded(entry, unrecorded, exchange);
        }
    }

    private Optional<Mono<Void>> grant(DecisionLog.Entry entry, UUID id, ServerWebExchange exchange) {
        Asked asked = entry.asked();
        legacy.ifPresent(tally ->
                BackendListener.KEY.put(exchange, headers -> tally.answered(asked, entry.decision(), headers)));
        Optional<Permit> permit = entry.decision() instanceof Permit given ? Optional.of(given) : Optional.empty();
        Granted.KEY.put(
                exchange,
                new Granted(
                        id,
                        asked.operation().action(),
                        asked.operation().read(),
                        asked.resourceType(),
                        asked.resourceId(),
                        permit));
        return Optional.empty();
    }

    /** Nobody gets through here, so that nothing depends on it. */
    private void recordIfPossible(DecisionLog.Entry entry, ServerWebExchange exchange) {
        try {
            name(authority.decisions().record(entry, exchange), exchange);
        } catch (RuntimeException unrecorded) {
            authority.metrics().unrecorded();
        }
    }

    private static void name(UUID decision, ServerWebExchange exchange) {
        exchange.getResponse().getHeaders().set(DECISION_HEADER, decision.toString());
    }

    private Optional<Mono<Void>> unrecorded(
            DecisionLog.Entry entry, RuntimeException cause, ServerWebExchange exchange) {
        authority.metrics().unrecorded();
        return switch (mode) {
            case ENFORCE -> Optional.of(Mono.error(cause));
            case SHADOW, OFF, PUBLIC -> grant(entry, new UUID(0, 0), exchange);
        };
    }

    private Optional<Mono<Void>> undecided(String reason) {
        log.atDebug().addKeyValue("reason", reason).log("undecided");
        return mode == AuthzMode.ENFORCE ? Optional.of(Mono.error(UNDECIDED.asException())) : Optional.empty();
    }

    private Problem refusal(Deny deny, Caller caller) {
        boolean mayKnow = caller.roles().stream().anyMatch(authority.explainTo()::contains);
        return new Problem.Forbidden(
                detail(deny.reason()), mayKnow ? Optional.<List<String>>of(deny.policies()) : Optional.empty());
    }

    private static String detail(Reason reason) {
        return switch (reason) {
            case FOREIGN_TENANT -> "This belongs to another tenant.";
            case REVOKED -> "What the caller may do has been revoked.";
            case FORBIDDEN_BY_POLICY -> "A policy forbids this to the caller.";
            case NOT_PERMITTED -> "No policy permits this to the caller.";
        };
    }
}
