package io.headgate.reads;

import io.headgate.api.BadSettingException;
import java.util.Optional;
import java.util.function.Function;

/** Who reads a database: {@code user:password}, or a user alone where the server asks for no password. */
record Credentials(String user, String password) {

    private static final String VARIABLE = "env:";

    /**
     * @param reference as a resource names them: {@code env:HEADGATE_DB_MAIN}
     * @param variables the environment
     */
    static Credentials of(String reference, Function<String, Optional<String>> variables) {
        String variable = reference.startsWith(VARIABLE) ? reference.substring(VARIABLE.length()) : reference;
        String value = variables
                .apply(variable)
                .orElseThrow(() -> new BadSettingException(variable, "is not set (expected: user:password)"));
        int colon = value.indexOf(':');
        String user = colon < 0 ? value : value.substring(0, colon);
        if (user.isBlank()) {
            throw new BadSettingException(variable, "has no user (expected: user:password)");
        }
        return new Credentials(user, colon < 0 ? "" : value.substring(colon + 1));
    }

    /** Without the password. */
    @Override
    public String toString() {
        return "Credentials[" + user + "]";
    }
}
