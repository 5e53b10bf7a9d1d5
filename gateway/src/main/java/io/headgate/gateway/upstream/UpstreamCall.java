package io.headgate.gateway.upstream;

import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.headgate.api.BackendCall;
import io.headgate.api.BackendListener;
import io.headgate.api.CallWatch;
import io.headgate.api.ExchangeKey;
import io.headgate.api.Problem;
import io.headgate.api.ProblemException;
import io.headgate.api.ProblemType;
import io.headgate.api.RouteInfo;
import io.headgate.api.WebSocketHandshake;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.util.ReferenceCountUtil;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.core.io.buffer.NettyDataBufferFactory;
import org.springframework.http.HttpMethod;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.Connection;
import reactor.netty.NettyOutbound;
import reactor.netty.http.client.HttpClientRequest;
import reactor.netty.http.client.HttpClientResponse;

/**
 * One request's call of its backend, from the first attempt to the last byte of the answer. The head of the answer and
 * its body are two steps, so that filters can still change the head; {@link #end} gives back all that the call holds,
 * however it ends.
 */
final class UpstreamCall implements BackendCall {
    private static final Logger log = LoggerFactory.getLogger(UpstreamCall.class);

    static final ExchangeKey<UpstreamCall> KEY = ExchangeKey.of(UpstreamCall.class);

    private final UpstreamSpec spec;
    private final UpstreamProperties properties;
    private final Backend backend;
    private final ServerWebExchange exchange;
    private final UpstreamRecord record;
    private final CallClock clock;
    private final BreakerTurn turn;
    private final ResponseHead head = new ResponseHead();

    private final AtomicBoolean ended = new AtomicBoolean();

    private volatile boolean over;
    private volatile @Nullable Connection answering;
    private @Nullable HttpClientResponse answer;
    private @Nullable ByteBuf replay;
    private int attempts;
    private boolean sent;
    private boolean answered;

    UpstreamCall(
            UpstreamSpec spec,
            UpstreamProperties properties,
            RouteTargets targets,
            Backend backend,
            ServerWebExchange exchange,
            UpstreamRecord record) {
        this.spec = spec;
        this.properties = properties;
        this.backend = backend;
        this.exchange = exchange;
        this.record = record;
        this.clock = new CallClock(spec.timeouts());
        this.turn = new BreakerTurn(backend, targets);
    }

    Mono<Void> run() {
        return WebSocketHandshake.isOne(exchange.getRequest()) ? webSocket() : head();
    }

    /** Completes when the head of the answer stands in the response; nothing of it has left yet. */
    private Mono<Void> head() {
        return switch (RequestBody.of(exchange.getRequest(), properties.replayableBody())) {
            case NONE -> attempt(null);
            case REPLAYABLE -> hold().flatMap(bytes -> attempt(Flux.empty()));
            case STREAM -> attempt(clientBody());
        };
    }

    private Mono<ByteBuf> hold() {
        ByteBuf held = replay;
        return held != null ? Mono.just(held) : received();
    }

    private Mono<ByteBuf> received() {
        return DataBufferUtils.join(exchange.getRequest().getBody(), (int)
                        properties.replayableBody().toBytes())
                .map(UpstreamCall::toByteBuf)
                .defaultIfEmpty(Unpooled.EMPTY_BUFFER)
                .timeout(spec.timeouts().idle())
                .onErrorMap(
                        TimeoutException.class,
                        late -> new Failure.TimedOut(Failure.Limit.UPLOAD_IDLE)
                                .problem()
                                .asException())
                .doOnNext(this::keep);
    }

    private void keep(ByteBuf bytes) {
        replay = bytes;
        if (over) {
            releaseReplay();
        }
    }

    private Mono<Void> attempt(@Nullable Flux<ByteBuf> body) {
        if (!beginAttempt()) {
            return Mono.error(suspended().asException());
        }
        HttpMethod method = exchange.getRequest().getMethod();
        return backend.sender(method)
                .uri(RequestHead.pathAndQuery(exchange.getRequest()))
                .send((request, outbound) -> write(request, outbound, body))
                .responseConnection(this::onHead)
                .then()
                .onErrorResume(error -> afterFailure(error, body));
    }

    private boolean beginAttempt() {
        long now = System.nanoTime();
        if (!turn.begin(now)) {
            return false;
        }
        attempts++;
        sent = false;
        record.started(backend.target(), now);
        return true;
    }

    private Publisher<Void> write(HttpClientRequest request, NettyOutbound outbound, @Nullable Flux<ByteBuf> stream) {
        Channel channel = ((Connection) outbound).channel();
        sent = true;
        clock.start(channel);
        HttpHeaders headers = request.requestHeaders();
        RequestHead.write(exchange, spec, backend.address(), headers);
        ByteBuf bytes = replay;
        if (bytes != null && bytes.isReadable()) {
            awaitAnswer();
            return outbound.send(Mono.just(bytes.retainedDuplicate()));
        }
        if (stream == null || bytes != null) {
            awaitAnswer();
            return outbound;
        }
        String length = exchange.getRequest().getHeaders().getFirst("content-length");
        if (length == null) {
            headers.set(HttpHeaderNames.TRANSFER_ENCODING, HttpHeaderValues.CHUNKED);
        } else {
            headers.set(HttpHeaderNames.CONTENT_LENGTH, length);
        }
        clock.upload();
        // as objects: the client's own way for buffers gathers the whole body of a GET or DELETE
        return outbound.sendObject(stream).then().doOnSuccess(done -> awaitAnswer());
    }

    private void awaitAnswer() {
        clock.awaitAnswer();
        if (answer == null) {
            CallWatch.KEY.find(exchange).ifPresent(CallWatch::sent);
        }
    }

    private Flux<ByteBuf> clientBody() {
        return exchange.getRequest()
                .getBody()
                .map(buffer -> {
                    clock.moved();
                    return toByteBuf(buffer);
                })
                .onErrorMap(ClientFailure::new);
    }

    private Publisher<Void> onHead(HttpClientResponse response, Connection connection) {
        answering = connection;
        long now = System.nanoTime();
        int status = response.status().code();
        turn.answered(status, now);
        if (over) {
            connection.channel().close();
            return Mono.empty();
        }
        Failure.Unwanted unwanted = unwanted(status);
        if (unwanted != null && mayRetry(unwanted)) {
            answering = null;
            connection.channel().close();
            return Mono.error(new FailedAttempt(unwanted));
        }
        record.headersReceived(now);
        clock.answer();
        answer = response;
        BackendListener.KEY.find(exchange).ifPresent(listener -> listener.answered(response.responseHeaders()::getAll));
        head.copy(status, response.responseHeaders(), exchange.getResponse());
        return Mono.empty();
    }

    private Mono<Void> afterFailure(Throwable error, @Nullable Flux<ByteBuf> body) {
        if (error instanceof ClientFailure client) {
            return Mono.error(client.reason());
        }
        if (error instanceof ProblemException) {
            return Mono.error(error);
        }
        Failure failure = error instanceof FailedAttempt attempt ? attempt.failure() : failureOf(error);
        turn.failed(failure, error);
        clock.stop();
        if (failure instanceof Failure.ForbiddenAddress && backend.isFirstForbidden()) {
            logForbidden();
        }
        if (error instanceof FailedAttempt || mayRetry(failure)) {
            CallWatch.KEY.find(exchange).ifPresent(CallWatch::failedAttempt);
            return attempt(body);
        }
        return Mono.error(failure.problem().asException());
    }

    private void logForbidden() {
        log.atWarn()
                .addKeyValue(
                        "routeId",
                        RouteInfo.KEY
                                .find(exchange)
                                .map(route -> route.id().toString())
                                .orElse(""))
                .addKeyValue("upstream", backend.target())
                .log("upstream leads to an address that is not called");
    }

    private Failure failureOf(Throwable error) {
        Failure.Limit limit = clock.ranOut();
        return limit != null ? new Failure.TimedOut(limit) : Failure.of(error, sent);
    }

    /** Whether another attempt is allowed, can be made, cannot do harm, and fits the budget, which it then uses. */
    private boolean mayRetry(Failure failure) {
        UpstreamSpec.RetryOn reason = failure.retriedOn().orElse(null);
        return reason != null
                && attempts < spec.retry().attempts()
                && spec.retry().on().contains(reason)
                && (!sent || isRepeatable())
                && !over
                && backend.breaker().getState() != CircuitBreaker.State.OPEN
                && backend.budget().tryRetry();
    }

    private boolean isRepeatable() {
        return RequestBody.of(exchange.getRequest(), properties.replayableBody()) != RequestBody.STREAM
                && isIdempotent(exchange.getRequest().getMethod());
    }

    private static boolean isIdempotent(HttpMethod method) {
        return switch (method.name()) {
            case "GET", "HEAD", "OPTIONS", "PUT", "DELETE", "QUERY", "TRACE" -> true;
            default -> false;
        };
    }

    private static Failure.@Nullable Unwanted unwanted(int status) {
        return switch (status) {
            case 502 -> new Failure.Unwanted(UpstreamSpec.RetryOn.BAD_GATEWAY);
            case 503 -> new Failure.Unwanted(UpstreamSpec.RetryOn.UNAVAILABLE);
            case 504 -> new Failure.Unwanted(UpstreamSpec.RetryOn.GATEWAY_TIMEOUT);
            default -> null;
        };
    }

    private Problem suspended() {
        return Problem.tryLater(
                ProblemType.UPSTREAM_SUSPENDED,
                "The backend failed too often; it is not called for a while.",
                backend.suspendedFor());
    }

    /** Upgrades both sides, the backend's first, and relays frames until one of them closes. */
    private Mono<Void> webSocket() {
        if (!beginAttempt()) {
            return Mono.error(suspended().asException());
        }
        var request = exchange.getRequest();
        return backend.webSocketClient()
                .headers(headers -> {
                    RequestHead.write(exchange, spec, backend.address(), headers);
                    WebSocketRelay.removeHandshake(headers);
                })
                .websocket(WebSocketRelay.clientSpec(request, properties))
                .uri(RequestHead.pathAndQuery(request))
                .connect()
                .timeout(spec.timeouts().connect().plus(spec.timeouts().response()))
                .flatMap(this::relay)
                .onErrorResume(error -> WebSocketRelay.refusalIn(error) instanceof HttpResponse refusal
                        ? passRefusal(refusal)
                        : Mono.error(webSocketFailure(error)));
    }

    private Mono<Void> relay(Connection connection) {
        answering = connection;
        long now = System.nanoTime();
        turn.answered(101, now);
        record.headersReceived(now);
        clock.start(connection.channel());
        clock.answer();
        return new WebSocketRelay(connection, clock::moved)
                .run(exchange.getResponse(), NativeServer.behind(exchange.getResponse()), properties)
                .doOnSuccess(done -> answered = true);
    }

    private Mono<Void> passRefusal(HttpResponse refusal) {
        turn.answered(refusal.status().code(), System.nanoTime());
        head.copy(
                refusal.status().code(),
                refusal.headers().remove(HttpHeaderNames.CONTENT_LENGTH),
                exchange.getResponse());
        return exchange.getResponse().setComplete();
    }

    private Throwable webSocketFailure(Throwable error) {
        Failure failure = error instanceof TimeoutException
                ? new Failure.TimedOut(Failure.Limit.RESPONSE)
                : Failure.of(error, true);
        turn.failed(failure, error);
        return failure.problem().asException();
    }

    /** Writes the answer whose head has been copied; does nothing where a filter has answered in the backend's place. */
    Mono<Void> body() {
        Connection connection = answering;
        HttpClientResponse response = answer;
        if (connection == null || response == null || exchange.getResponse().isCommitted()) {
            return Mono.empty();
        }
        record.handedOver(System.nanoTime());
        return new AnswerBody(exchange, properties, clock, connection, response)
                .write(() -> answered = true, this::brokenAnswer);
    }

    /** Once bytes have left this breaks the client's connection; before, it is answered as a problem. */
    private Throwable brokenAnswer(Throwable error) {
        if (!exchange.getResponse().isCommitted()) {
            head.takeBack(exchange.getResponse());
        }
        return failureOf(error).problem().asException();
    }

    @Override
    public boolean tryAbandon() {
        boolean repeatable = RequestBody.of(exchange.getRequest(), properties.replayableBody()) != RequestBody.STREAM;
        if (!repeatable
                || exchange.getResponse().isCommitted()
                || over
                || !backend.budget().tryRetry()) {
            return false;
        }
        head.takeBack(exchange.getResponse());
        leave();
        return true;
    }

    /** What another call of the same request has read of its body. */
    void takeOver(UpstreamCall abandoned) {
        replay = abandoned.handOver();
    }

    private synchronized @Nullable ByteBuf handOver() {
        ByteBuf bytes = replay;
        replay = null;
        return bytes;
    }

    /** Gives back all that the call holds, on completion, error and cancel alike. */
    void end() {
        leave();
        releaseReplay();
    }

    private void leave() {
        if (!ended.compareAndSet(false, true)) {
            return; // abandoned before
        }
        over = true;
        clock.stop();
        turn.release(); // where nobody was told yet, the client went away
        Connection connection = answering;
        if (connection != null && !answered) {
            connection.channel().close();
        }
        record.finished(System.nanoTime());
        backend.leave();
    }

    private synchronized void releaseReplay() {
        ByteBuf bytes = replay;
        if (bytes != null) {
            replay = null;
            ReferenceCountUtil.safeRelease(bytes);
        }
    }

    private static ByteBuf toByteBuf(DataBuffer buffer) {
        return NettyDataBufferFactory.toByteBuf(buffer);
    }
}
