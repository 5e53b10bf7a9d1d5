package io.headgate.ratelimit;

import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Takes what a request asks of several buckets, from all of them or from none. Never blocks, and never fails. */
interface Limiter {

    /**
     * Done at once wherever nothing has to be asked.
     *
     * @param deadline in nanoseconds; what is not known by then is decided without it
     */
    CompletableFuture<List<Verdict>> take(List<Claim> claims, long deadline);

    /** Undoes a taking that fitted, since another limit refused the request. */
    void giveBack(List<Verdict> taken);
}
