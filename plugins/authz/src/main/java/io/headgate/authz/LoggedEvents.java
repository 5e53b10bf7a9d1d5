package io.headgate.authz;

import io.headgate.api.Event;
import io.headgate.api.EventLog;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Where nothing better keeps events, the log does, as far as a log keeps anything. */
final class LoggedEvents implements EventLog {

    private static final Logger log = LoggerFactory.getLogger(LoggedEvents.class);

    LoggedEvents() {
        log.warn("decisions go to the log alone: no event log is there that would keep them");
    }

    @Override
    public void append(Event event) {
        log.atInfo()
                .addKeyValue("eventId", event.eventId())
                .addKeyValue("eventType", event.eventType())
                .addKeyValue("tenant", event.accountId().orElse(""))
                .addKeyValue("subject", event.userId().orElse(""))
                .addKeyValue("requestId", event.requestId().orElse(""))
                .addKeyValue("data", event.data())
                .log("event");
    }
}
