package io.headgate.gateway.admin;

import io.headgate.gateway.events.AuditEntry;
import io.headgate.gateway.events.AuditQuery;
import io.headgate.gateway.events.AuditStore;
import io.headgate.gateway.registry.Actor;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Optional;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** The audit for those who may read it. */
final class AuditEndpoints {

    private static final int MAX_VALUE = 1024;

    private final AuditStore audit;
    private final int pageSize;
    private final Slots verifications;

    /** @param verifications few, since each walks the whole audit */
    AuditEndpoints(AuditStore audit, int pageSize, Slots verifications) {
        this.audit = audit;
        this.pageSize = pageSize;
        this.verifications = verifications;
    }

    Mono<ServerResponse> list(ServerRequest request, Actor actor) {
        AdminRights.requireAuditor(actor);
        Parameters.allow(request, "event_type", "request_id", "account_id", "user_id", "from", "to", "limit", "cursor");
        var page = PageRequest.of(request, pageSize, AuditQuery.Place::parse);
        var query = new AuditQuery(
                text(request, "event_type"),
                text(request, "request_id"),
                text(request, "account_id"),
                text(request, "user_id"),
                time(request, "from"),
                time(request, "to"),
                page.after(),
                page.limit() + 1); // one more tells whether there are more
        return audit.find(query)
                .publishOn(Schedulers.parallel())
                .flatMap(found -> answer(request, page.limit(), found));
    }

    private static Mono<ServerResponse> answer(ServerRequest request, int limit, List<AuditEntry> found) {
        List<AuditEntry> items = found.subList(0, Math.min(limit, found.size()));
        Optional<String> next = found.size() > limit
                ? Optional.of(PageRequest.cursor(AuditQuery.Place.of(items.getLast())))
                : Optional.empty();
        return Answers.page(request, limit, items, Views::auditEntry, next);
    }

    /** A chain that is broken is what was asked about, so it is 200 as well. */
    Mono<ServerResponse> verify(ServerRequest request, Actor actor) {
        AdminRights.requireAuditor(actor);
        Parameters.allow(request);
        return verifications
                .within(audit::verify)
                .publishOn(Schedulers.parallel())
                .flatMap(verification -> Answers.ok(request, Views.verification(verification)));
    }

    private static Optional<String> text(ServerRequest request, String name) {
        Optional<String> value = request.queryParam(name);
        value.filter(text -> text.isEmpty() || text.length() > MAX_VALUE || text.indexOf('\0') >= 0)
                .ifPresent(text -> {
                    throw Refusals.malformed(
                            name + ": '" + Refusals.excerpt(text) + "' (expected: 1.." + MAX_VALUE + " characters)");
                });
        return value;
    }

    private static Optional<Instant> time(ServerRequest request, String name) {
        return request.queryParam(name).map(text -> {
            try {
                return OffsetDateTime.parse(text).toInstant();
            } catch (DateTimeParseException e) {
                throw Refusals.malformed(
                        name + ": '" + Refusals.excerpt(text) + "' (expected: a time such as 2026-11-01T00:00:00Z)");
            }
        });
    }
}
