package io.headgate.api;

/**
 * A replica of a database, as the instances of a backend say where they read from: {@code main/replica-1}.
 *
 * @param database the name of a resource of the platform
 */
public record DatabaseReplica(String database, String replica) {

    public static DatabaseReplica parse(String text) {
        int slash = text.indexOf('/');
        if (slash < 0
                || !ResourceId.isSlug(text.substring(0, slash))
                || !ResourceId.isSlug(text.substring(slash + 1))) {
            throw new IllegalArgumentException("'" + text + "' (expected: <database>/<replica>, as in main/replica-1)");
        }
        return new DatabaseReplica(text.substring(0, slash), text.substring(slash + 1));
    }

    @Override
    public String toString() {
        return database + "/" + replica;
    }
}
