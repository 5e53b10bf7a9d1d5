package io.headgate.ratelimit;

import io.headgate.api.CallWatch;
import io.headgate.api.Problem;
import io.headgate.api.ProblemException;
import io.headgate.api.ProblemType;
import io.headgate.ratelimit.TenantShares.Account;
import java.util.concurrent.atomic.AtomicInteger;
import org.springframework.web.server.ResponseStatusException;

/**
 * One request's place at a backend, from where the backend has to do with it until the head of its answer. What takes
 * time by the client's pace (a body on its way in or out, a WebSocket) holds no place.
 */
final class Seat implements CallWatch {

    private static final int STANDING = 0;
    private static final int SEATED = 1;
    private static final int GONE = 2;
    private static final int UNAVAILABLE = 503;

    private final Throttle throttle;
    private final Account account;
    private final Pace pace;
    private final int epoch;
    private final AtomicInteger state = new AtomicInteger(STANDING);
    private volatile long sentNanos;
    private volatile boolean isSent;
    private volatile boolean hasFailed;
    private volatile boolean isUntold;

    Seat(Throttle throttle, Account account, Pace pace, int epoch) {
        this.throttle = throttle;
        this.account = account;
        this.pace = pace;
        this.epoch = epoch;
    }

    /** Where a request has nothing to send but its head. */
    Seat taken() {
        if (state.compareAndSet(STANDING, SEATED)) {
            throttle.sit(account);
        }
        return this;
    }

    /** Where nobody will say when it has been sent. */
    Seat takenAndSent() {
        sent();
        return this;
    }

    @Override
    public void sent() {
        sentNanos = throttle.now();
        isSent = true;
        taken();
    }

    @Override
    public void failedAttempt() {
        hasFailed = true;
    }

    /** Only what the backend is to blame for counts against it, and not what the gateway refused by its own bounds. */
    void failed(Throwable error) {
        switch (error) {
            case ProblemException refusal -> {
                if (isBackends(refusal.problem())) {
                    hasFailed = true;
                } else {
                    isUntold = true;
                }
            }
            case ResponseStatusException status when status.getStatusCode().is4xxClientError() -> isUntold = true;
            default -> hasFailed = true;
        }
    }

    private static boolean isBackends(Problem problem) {
        return problem.type() == ProblemType.BAD_GATEWAY || problem.type() == ProblemType.GATEWAY_TIMEOUT;
    }

    /** @param status of the answer; 0 where none came, because the client went away or a step behind this one refused */
    void end(int status) {
        boolean wasSeated = state.getAndSet(GONE) == SEATED;
        if (wasSeated) {
            throttle.rise(account);
        }
        if (hasFailed || status == UNAVAILABLE && !isUntold) {
            throttle.failed(epoch);
        } else if (wasSeated && isSent && !isUntold) {
            tell(throttle.now() - sentNanos, status != 0);
        }
    }

    /** A client that gave up on a slow answer tells at least that it was slow; one that left early tells nothing. */
    private void tell(long nanos, boolean isAnswered) {
        if (isAnswered || nanos > pace.reference()) {
            throttle.answered(pace, epoch, nanos);
        }
    }
}
