package io.headgate.api;

/**
 * One thing that a team or an SRE may change while traffic flows, read and checked.
 *
 * @param version counts this resource's own changes, from 1
 */
public record Resource<S>(String kind, ResourceId id, long version, Origin origin, S spec) {

    /** Where a resource is written; a write through the other is refused. */
    public enum Origin {
        FILE,
        API
    }

    /** Whether it is the same writing of the same thing, so that what was derived from it still holds. */
    public boolean isSameVersionAs(Resource<?> other) {
        return version == other.version && id.equals(other.id) && kind.equals(other.kind);
    }
}
