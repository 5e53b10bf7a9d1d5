package io.headgate.export;

import java.io.IOException;

/** What a bucket refused; to a job it is what a disk is that cannot be written. */
final class S3Failure extends IOException {

    private static final long serialVersionUID = 1;
    private static final int NOT_FOUND = 404;
    private static final int TOO_MANY = 429;

    private final int status;
    private final String code;

    /** @param code the service's own word, empty where it gave none */
    S3Failure(int status, String code) {
        super("S3 answered " + status + (code.isEmpty() ? "" : " " + code));
        this.status = status;
        this.code = code;
    }

    /** An error in an answer of 200 is one that came late, after the service had begun to answer. */
    boolean mayPass() {
        return status < 300 || status >= 500 || status == TOO_MANY || code.equals("RequestTimeout");
    }

    boolean isNotThere() {
        return status == NOT_FOUND && !code.equals("NoSuchBucket");
    }
}
