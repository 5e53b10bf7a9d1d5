package io.headgate.gateway.upstream;

/** The client's side failed while its body was on the way: the backend is not to blame. */
final class ClientFailure extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final Throwable reason;

    ClientFailure(Throwable reason) {
        super("request body failed", null, false, false);
        this.reason = reason;
    }

    Throwable reason() {
        return reason;
    }
}
