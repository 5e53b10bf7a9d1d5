package io.headgate.gateway.edge;

/** Which requests leave a line in the log. */
enum AccessLogMode {
    ALL,
    /** Failures, all of them, and refusals up to so many a second. */
    PROBLEMS,
    OFF
}
