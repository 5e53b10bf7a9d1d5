package io.headgate.gateway.upstream;

import io.headgate.api.AddressGuard;
import io.headgate.api.Problem;
import io.headgate.api.ProblemType;
import io.netty.channel.ConnectTimeoutException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Optional;
import javax.net.ssl.SSLException;
import reactor.netty.http.client.PrematureCloseException;
import reactor.netty.internal.shaded.reactor.pool.PoolAcquirePendingLimitException;
import reactor.netty.internal.shaded.reactor.pool.PoolAcquireTimeoutException;

/** How an attempt can end without an answer that may be passed on. */
sealed interface Failure {

    Problem problem();

    /** What the route's list of reasons must hold for another attempt; empty where another would end alike or do harm. */
    default Optional<UpstreamSpec.RetryOn> retriedOn() {
        return Optional.empty();
    }

    /** Whether it speaks against the backend, rather than against the gateway's own bounds or the client. */
    default boolean countsAgainstBackend() {
        return true;
    }

    /** No connection came to stand, or it was gone before anything was sent. */
    record Unreachable() implements Failure {
        @Override
        public Problem problem() {
            return Problem.of(ProblemType.BAD_GATEWAY, "The backend could not be reached; it did not get the request.");
        }

        @Override
        public Optional<UpstreamSpec.RetryOn> retriedOn() {
            return Optional.of(UpstreamSpec.RetryOn.CONNECT);
        }
    }

    record ForbiddenAddress() implements Failure {
        @Override
        public Problem problem() {
            return Problem.of(
                    ProblemType.BAD_GATEWAY, "The backend's name leads to an address that the gateway does not call.");
        }

        @Override
        public boolean countsAgainstBackend() {
            return false;
        }
    }

    record BrokenOff() implements Failure {
        @Override
        public Problem problem() {
            return Problem.of(
                    ProblemType.BAD_GATEWAY, "The backend broke the connection off before its answer was complete.");
        }

        @Override
        public Optional<UpstreamSpec.RetryOn> retriedOn() {
            return Optional.of(UpstreamSpec.RetryOn.RESET);
        }
    }

    record NotHttp() implements Failure {
        @Override
        public Problem problem() {
            return Problem.of(
                    ProblemType.BAD_GATEWAY, "What the backend answered is not HTTP, or its head is too large.");
        }
    }

    record TimedOut(Limit limit) implements Failure {
        @Override
        public Problem problem() {
            return Problem.of(ProblemType.GATEWAY_TIMEOUT, limit.detail());
        }

        @Override
        public Optional<UpstreamSpec.RetryOn> retriedOn() {
            return limit == Limit.CONNECT ? Optional.of(UpstreamSpec.RetryOn.CONNECT) : Optional.empty();
        }

        @Override
        public boolean countsAgainstBackend() {
            return limit != Limit.UPLOAD_IDLE;
        }
    }

    /** Every connection is taken, and nothing more may wait for one, or has waited long enough. */
    record Busy() implements Failure {
        @Override
        public Problem problem() {
            return Problem.tryLater(
                    ProblemType.UPSTREAM_BUSY, "All connections to the backend are in use.", Duration.ofSeconds(1));
        }

        @Override
        public boolean countsAgainstBackend() {
            return false;
        }
    }

    /** An answer that the route would rather not pass on. */
    record Unwanted(UpstreamSpec.RetryOn reason) implements Failure {
        @Override
        public Problem problem() {
            throw new IllegalStateException("an unwanted answer is passed on where no attempt is left");
        }

        @Override
        public Optional<UpstreamSpec.RetryOn> retriedOn() {
            return Optional.of(reason);
        }

        @Override
        public boolean countsAgainstBackend() {
            return false; // its status has been counted when it came
        }
    }

    /** The times that a route bounds. */
    enum Limit {
        CONNECT("No connection to the backend came to stand in time (connect)."),
        RESPONSE("The backend did not begin its answer in time (response)."),
        UPLOAD_IDLE("The request's body stopped coming (idle)."),
        IDLE("The backend's answer stopped coming (idle)."),
        TOTAL("The exchange with the backend took longer than the route allows (total).");

        private final String detail;

        Limit(String detail) {
            this.detail = detail;
        }

        String detail() {
            return detail;
        }
    }

    /** @param sent whether the backend may have seen any of the request */
    static Failure of(Throwable error, boolean sent) {
        return switch (error) {
            case AddressGuard.ForbiddenAddressException forbidden -> new ForbiddenAddress();
            case ConnectTimeoutException slow -> new TimedOut(Limit.CONNECT);
            case ConnectException refused -> new Unreachable();
            case NoRouteToHostException unreachable -> new Unreachable();
            case UnknownHostException unknown -> new Unreachable();
            case PoolAcquirePendingLimitException full -> new Busy();
            case PoolAcquireTimeoutException waited -> new Busy();
            case Throwable any when !sent -> new Unreachable();
            case PrematureCloseException closed -> new BrokenOff();
            case SocketException reset -> new BrokenOff();
            case SSLException tls -> new BrokenOff();
            case java.io.IOException reset -> new BrokenOff();
            case Throwable any -> new NotHttp();
        };
    }
}
