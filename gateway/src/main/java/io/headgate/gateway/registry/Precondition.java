package io.headgate.gateway.registry;

/** What must be so for a write to happen. */
public sealed interface Precondition {

    Precondition NONE = new None();
    Precondition EXISTS = new Exists();
    Precondition ABSENT = new Absent();

    /** Nothing was said: enough to create and to roll back, not to update or delete. */
    record None() implements Precondition {}

    /** {@code If-Match: *} */
    record Exists() implements Precondition {}

    /** {@code If-None-Match: *} */
    record Absent() implements Precondition {}

    /** {@code If-Match} with the version that was read. */
    record VersionIs(long version) implements Precondition {}
}
