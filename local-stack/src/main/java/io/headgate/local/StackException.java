package io.headgate.local;

/** Something of the stack does not work; the message is one that a person reads without the stack trace. */
public final class StackException extends RuntimeException {

    private static final long serialVersionUID = 1;

    StackException(String message) {
        super(message);
    }

    StackException(String message, Throwable cause) {
        super(message + ": " + cause.getMessage(), cause);
    }
}
