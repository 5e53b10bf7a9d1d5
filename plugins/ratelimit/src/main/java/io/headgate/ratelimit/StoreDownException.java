package io.headgate.ratelimit;

/** The store is not asked at the moment, or did not answer in time. It has no stack trace: it is expected. */
final class StoreDownException extends RuntimeException {

    private static final long serialVersionUID = 1;

    StoreDownException(String reason) {
        super(reason, null, false, false);
    }
}
