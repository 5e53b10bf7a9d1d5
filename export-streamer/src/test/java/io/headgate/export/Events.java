package io.headgate.export;

import io.headgate.api.Event;
import io.headgate.api.EventLog;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Keeps events for as long as a test runs. */
final class Events implements EventLog {

    private final List<Event> kept = new CopyOnWriteArrayList<>();

    @Override
    public void append(Event event) {
        kept.add(event);
    }

    List<Event> of(String type) {
        return kept.stream().filter(event -> event.eventType().equals(type)).toList();
    }

    List<Event> all() {
        return List.copyOf(kept);
    }
}
