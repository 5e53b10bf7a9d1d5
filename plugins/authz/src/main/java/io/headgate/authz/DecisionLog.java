package io.headgate.authz;

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
        UUID id = ids.next();
        Asked asked = entry.asked();
        events.get()
                .append(new Event(
                        id,
                        entry.isRefusal() ? DENIED : CHECKED,
                        clock.instant(),
                        Optional.of(asked.caller().tenant()),
                        Optional.of(asked.caller().subject()),
                        asked.requestId().isEmpty() ? Optional.empty() : Optional.of(asked.requestId()),
                        TraceId.KEY.find(exchange).map(TraceId::value),
                        data(entry)));
        return id;
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
        switch (entry.decision()) {
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
        data.put("cached", entry.known());
        return data;
    }

    private static void decided(Map<String, Object> data, List<String> policies, List<String> sets) {
        data.put("policies", policies);
        data.put("policy_sets", sets);
    }
}
