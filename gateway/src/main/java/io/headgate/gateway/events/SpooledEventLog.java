package io.headgate.gateway.events;

import io.headgate.api.Event;
import io.headgate.api.EventLog;
import io.headgate.api.Problem;
import io.headgate.api.ProblemException;
import io.headgate.api.ProblemType;
import java.time.Duration;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.LongAdder;
import tools.jackson.core.JacksonException;

/** Where events enter. When there is no room, proof is refused (or dropped, by a setting) and the rest is dropped. */
public final class SpooledEventLog implements EventLog {

    private static final Duration COME_BACK = Duration.ofSeconds(1);

    private final Spool spool;
    private final int maxEvent;
    private final EventsProperties.WhenFull whenFull;
    private final LongAdder appended = new LongAdder();
    private final LongAdder refused = new LongAdder();
    private final LongAdder dropped = new LongAdder();

    SpooledEventLog(Spool spool, EventsProperties properties) {
        this.spool = spool;
        this.maxEvent = (int) properties.maxEventSize().toBytes();
        this.whenFull = properties.whenFull();
    }

    @Override
    public void append(Event event) {
        if (isKept(event)) {
            appended.increment();
        } else if (EventClass.of(event.eventType()) == EventClass.AUDIT
                && whenFull == EventsProperties.WhenFull.REFUSE) {
            refused.increment();
            throw unavailable("There is no room for the record of this at the moment.");
        } else {
            dropped.increment();
        }
    }

    private boolean isKept(Event event) {
        byte[] json = serialized(event);
        if (json.length > maxEvent) {
            refused.increment();
            throw unavailable("The record of this would take " + json.length + " bytes, more than can be kept.");
        }
        try {
            return spool.append(json);
        } catch (IllegalStateException | RejectedExecutionException e) {
            return false; // the spool is closed: the process ends
        }
    }

    private byte[] serialized(Event event) {
        try {
            return EventJson.write(event);
        } catch (JacksonException e) {
            refused.increment();
            throw unavailable("The record of this cannot be written.");
        }
    }

    private static ProblemException unavailable(String why) {
        return Problem.tryLater(ProblemType.EVENTS_UNAVAILABLE, why, COME_BACK).asException();
    }

    /** Events that were taken. */
    long appended() {
        return appended.sum();
    }

    /** Events whose cause was refused, since they could not be kept. */
    long refused() {
        return refused.sum();
    }

    /** Events that are lost, since there was no room and they were allowed to be. */
    long dropped() {
        return dropped.sum();
    }
}
