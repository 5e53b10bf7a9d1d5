package io.headgate.authz;

import io.headgate.api.Caller;
import io.headgate.api.Decision;
import io.headgate.api.Decision.Deny;
import io.headgate.api.Decision.Permit;
import io.headgate.api.Decision.Undecided;
import io.headgate.api.Event;
import io.headgate.api.EventIds;
import io.headgate.api.EventLog;
import io.headgate.api.TraceId;
import io.headgate.authz.RouteQuestions.Asked;
import java.time.Clock;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;
import org.springframework.web.server.ServerWebExchange;

/** Tells the audit what was decided, remembered or not, one event a decision. */
final class DecisionLog {

    private static final String CHECKED = "permission.checked";
    private static final String DENIED = "permission.denied";

    private final Supplier<EventLog> events;
    private final EventIds ids;
    private final Clock clock;

    /** @param events asked for at the first decision: what keeps events may itself be configured by the registry */
    DecisionLog(Supplier<EventLog> events, EventIds ids, Clock clock) {
        this.events = events;
        this.ids = ids;
        this.clock = clock;
    }

    /** How one decision came to be and what becomes of it. */
    record Entry(Asked asked, Decision decision, AuthzMode mode, boolean known) {

        /** In shadow mode the request goes on whatever the policies say. */
        boolean isRefusal() {
            return mode == AuthzMode.ENFORCE && !(decision instanceof Permit);
        }
    }

    /** @throws io.headgate.api.ProblemException where the event cannot be kept */
    UUID record(Entry entry, ServerWebExchange exchange) {
        Asked asked = entry.asked();
        return append(
                entry.isRefusal() ? DENIED : CHECKED,
                new Whose(asked.caller().tenant(), asked.caller().subject()),
                asked.requestId(),
                TraceId.KEY.find(exchange).map(TraceId::value),
                data(entry));
    }

    /**
     * A decision for a service. It stands in the audit of the tenant that it is about, where the asker may speak of that
     * tenant, and else in the asker's own: nobody writes into the audit of another.
     *
     * @throws io.headgate.api.ProblemException where the event cannot be kept
     */
    UUID record(ServedInquiry inquiry, Decision decision, boolean known) {
        Asker asker = inquiry.asker();
        String subject = inquiry.asked().subject().id();
        String tenant = Optional.of(inquiry.tenant())
                .filter(named -> !named.isEmpty() && asker.mayAskAbout(named))
                .orElse(asker.caller().tenant());
        return append(
                decision instanceof Permit ? CHECKED : DENIED,
                new Whose(tenant, subject.startsWith(tenant + "/") ? subject.substring(tenant.length() + 1) : subject),
                asker.requestId(),
                asker.traceId(),
                data(inquiry, decision, known));
    }

    private record Whose(String tenant, String subject) {}

    private UUID append(
            String type, Whose whose, String requestId, Optional<String> traceId, Map<String, Object> data) {
        UUID id = ids.next();
        events.get()
                .append(new Event(
                        id,
                        type,
                        clock.instant(),
                        Optional.of(whose.tenant()),
                        Optional.of(whose.subject()),
                        requestId.isEmpty() ? Optional.empty() : Optional.of(requestId),
                        traceId,
                        data));
        return id;
    }

    private static Map<String, Object> data(ServedInquiry inquiry, Decision decision, boolean known) {
        Evaluation asked = inquiry.asked();
        Caller caller = inquiry.asker().caller();
        Map<String, Object> data = new LinkedHashMap<>();
        data.put("decision", decision instanceof Permit ? "permit" : "deny");
        data.put("via", inquiry.asker().via());
        data.put("asked_by", caller.tenant() + "/" + caller.subject());
        data.put("subject_type", asked.subject().type());
        data.put("subject_id", asked.subject().id());
        data.put("action", asked.action());
        data.put("resource_type", asked.resource().type());
        data.put("resource_id", asked.resource().id());
        data.put("credential_id", caller.credentialId());
        why(data, decision);
        data.put("cached", known);
        return data;
    }

    private static Map<String, Object> data(Entry entry) {
        Asked asked = entry.asked();
        Map<String, Object> data = new LinkedHashMap<>();
        data.put("decision", entry.isRefusal() ? "deny" : "permit");
        data.put("mode", entry.mode().name().toLowerCase(Locale.ROOT));
        if (entry.mode() == AuthzMode.SHADOW) {
            data.put("would_have_been", CandidateReport.word(entry.decision()));
        }
        data.put("action", asked.operation().action());
        data.put("resource_type", asked.resourceType());
        data.put("resource_id", asked.resourceId());
        data.put("route", asked.route().id().toString());
        data.put("credential_id", asked.caller().credentialId());
        why(data, entry.decision());
        data.put("cached", entry.known());
        return data;
    }

    private static void why(Map<String, Object> data, Decision decision) {
        switch (decision) {
            case Permit(List<String> policies, List<String> sets) -> decided(data, policies, sets);
            case Deny(Decision.Reason reason, List<String> policies, List<String> sets) -> {
                data.put("reason", reason.name().toLowerCase(Locale.ROOT));
                decided(data, policies, sets);
            }
            case Undecided(String reason) -> {
                data.put("reason", "undecided");
                data.put("detail", reason);
            }
        }
    }

    private static void decided(Map<String, Object> data, List<String> policies, List<String> sets) {
        data.put("policies", policies);
        data.put("policy_sets", sets);
    }
}
