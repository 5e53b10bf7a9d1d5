package io.headgate.local;

/** What a demo backend answers with 400; the message is for the client. */
final class BadRequest extends RuntimeException {

    private static final long serialVersionUID = 1;

    BadRequest(String message) {
        super(message, null, false, false);
    }
}
