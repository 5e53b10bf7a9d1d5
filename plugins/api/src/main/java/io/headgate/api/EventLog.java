package io.headgate.api;

/** Keeps events until consumers have them. */
public interface EventLog {

    /**
     * Keeps {@code event} so that it outlives this process, however that ends. Never blocks.
     *
     * @throws ProblemException {@code events-unavailable}, when it cannot be kept and must not be lost
     */
    void append(Event event);
}
