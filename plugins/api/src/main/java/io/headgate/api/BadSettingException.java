package io.headgate.api;

/** A setting that the application cannot start with; the message is all that the operator gets to read. */
public final class BadSettingException extends IllegalArgumentException {

    private static final long serialVersionUID = 1L;

    /** @param problem the bad value, unless it may hold a secret, and what is expected */
    public BadSettingException(String setting, String problem) {
        super(setting + ": " + problem);
    }
}
