package io.headgate.gateway.upstream;

/** An attempt whose answer or failure allows another one. */
final class FailedAttempt extends RuntimeException {
    private static final long serialVersionUID = 1;
    static final FailedAttempt SERVER_ERROR = new FailedAttempt(new Failure.Unwanted(UpstreamSpec.RetryOn.UNAVAILABLE));

    private final transient Failure failure;

    FailedAttempt(Failure failure) {
        super("attempt failed", null, false, false);
        this.failure = failure;
    }

    Failure failure() {
        return failure;
    }
}
