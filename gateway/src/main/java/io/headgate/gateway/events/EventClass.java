package io.headgate.gateway.events;

import java.util.Locale;

/** How long events are kept, and what becomes of them when there is no room. */
enum EventClass {
    /** Who was allowed to do what, and who changed what: proof. */
    AUDIT,
    /** What the gateway did to requests on the way: of use to operators for a while. */
    ACTIVITY;

    static EventClass of(String eventType) {
        return eventType.startsWith("limit.") || eventType.startsWith("filter.") ? ACTIVITY : AUDIT;
    }

    String tag() {
        return name().toLowerCase(Locale.ROOT);
    }
}
