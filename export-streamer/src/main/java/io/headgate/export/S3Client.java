package io.headgate.export;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelOption;
import io.netty.handler.codec.http.HttpMethod;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.TimeoutException;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DefaultDataBufferFactory;
import reactor.core.Exceptions;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.ByteBufFlux;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.client.HttpClientResponse;
import reactor.netty.resources.ConnectionProvider;
import reactor.util.retry.Retry;
import reactor.util.retry.RetryBackoffSpec;

/** Speaks to one store. What may pass is tried again, a few times; what is left errs as a disk does, with an IOException. */
final class S3Client {

    /** Of an answer that is no file: a list has a thousand entries at most. */
    private static final int MOST_BYTES = 8 << 20;

    private static final Duration FIRST_PAUSE = Duration.ofMillis(50);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);
    private static final Duration CONNECT = Duration.ofSeconds(5);
    private static final Duration IDLE = Duration.ofSeconds(15);
    private static final Duration FAREWELL = Duration.ofSeconds(5);

    private final URI endpoint;
    private final S3Signature signature;
    private final S3Properties settings;
    private final Clock clock;
    private final ConnectionProvider connections;
    private final HttpClient client;

    /** @param places for requests at a time, and as many wait */
    S3Client(URI endpoint, S3Properties settings, int places, Clock clock) {
        this.endpoint = endpoint;
        this.signature = new S3Signature(settings.region(), settings.accessKey(), settings.secretKey());
        this.settings = settings;
        this.clock = clock;
        this.connections = ConnectionProvider.builder("export-s3")
                .maxConnections(places)
                .pendingAcquireMaxCount(places)
                .pendingAcquireTimeout(settings.timeout())
                .maxIdleTime(IDLE)
                .build();
        this.client = HttpClient.create(connections)
                .followRedirect(false)
                .disableRetry(true)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, Math.toIntExact(CONNECT.toMillis()))
                .responseTimeout(settings.timeout());
    }

    /** One that is no refusal. */
    record Answer(HttpClientResponse head, S3Xml body) {

        String header(String name) {
            return head.responseHeaders().get(name, "");
        }
    }

    Mono<Answer> call(S3Request request) {
        return Mono.defer(() -> once(request))
                .timeout(settings.timeout())
                .onErrorMap(S3Client::asInputOutput)
                .retryWhen(patience());
    }

    private Mono<Answer> once(S3Request request) {
        return asked(request)
                .response((head, body) -> read(body).map(bytes -> answer(head, bytes)))
                .single();
    }

    /**
     * So much of an object, in pieces of their own memory, as they are asked for. What breaks off goes on where it was: a
     * service does not wait for a slow reader for ever. So does an answer that ends before all is there.
     */
    Flux<DataBuffer> read(S3Request request, long from, long length) {
        return Flux.defer(() -> {
            long[] read = {0};
            return Flux.defer(() -> read[0] < length
                            ? readOnce(request, from + read[0], length - read[0])
                            : Flux.<DataBuffer>empty())
                    .doOnNext(piece -> read[0] += piece.readableByteCount())
                    .concatWith(Mono.defer(() -> read[0] < length ? tooShort(read[0], length) : Mono.empty()))
                    .onErrorMap(S3Client::asInputOutput)
                    .retryWhen(patience().transientErrors(true));
        });
    }

    private static Mono<DataBuffer> tooShort(long read, long length) {
        return Mono.error(new IOException("S3 sent " + read + " bytes (expected: " + length + ")"));
    }

    private Flux<DataBuffer> readOnce(S3Request request, long from, long length) {
        return asked(request.header("range", "bytes=" + from + "-" + (from + length - 1)))
                .response((head, body) -> head.status().code() == 206
                        ? body.asByteArray().<DataBuffer>map(DefaultDataBufferFactory.sharedInstance::wrap)
                        : read(body).flatMap(bytes -> Mono.error(refusal(head, bytes))));
    }

    private HttpClient.ResponseReceiver<?> asked(S3Request request) {
        var token = settings.sessionToken().isEmpty()
                ? request
                : request.header("x-amz-security-token", settings.sessionToken());
        return client.headers(headers -> signature
                        .headers(token, endpoint.getRawAuthority(), clock.instant())
                        .forEach((name, value) -> headers.set(name, value)))
                .request(HttpMethod.valueOf(request.method()))
                .uri(endpoint + request.target())
                .send(Mono.fromSupplier(() -> Unpooled.wrappedBuffer(request.body())));
    }

    private static Mono<byte[]> read(ByteBufFlux body) {
        return body.asByteArray()
                .reduceWith(ByteArrayOutputStream::new, (all, piece) -> {
                    if (all.size() + piece.length > MOST_BYTES) {
                        throw Exceptions.propagate(
                                new IOException("an answer of S3 above " + MOST_BYTES + " bytes (expected: less)"));
                    }
                    all.writeBytes(piece);
                    return all;
                })
                .map(ByteArrayOutputStream::toByteArray);
    }

    private static Answer answer(HttpClientResponse head, byte[] bytes) {
        try {
            if (head.status().code() / 100 != 2) {
                throw refusal(head, bytes);
            }
            S3Xml body = S3Xml.parse(bytes);
            if (body.isError()) {
                throw refusal(head, bytes);
            }
            return new Answer(head, body);
        } catch (IOException e) {
            throw Exceptions.propagate(e);
        }
    }

    /** A proxy on the way may speak anything. */
    private static S3Failure refusal(HttpClientResponse head, byte[] bytes) {
        String code;
        try {
            code = S3Xml.parse(bytes).text("Code").orElse("");
        } catch (IOException e) {
            code = "";
        }
        return new S3Failure(head.status().code(), code);
    }

    private RetryBackoffSpec patience() {
        return Retry.backoff(settings.attempts() - 1, FIRST_PAUSE)
                .maxBackoff(LONGEST_PAUSE)
                .filter(error -> !(error instanceof S3Failure refused) || refused.mayPass())
                .onRetryExhaustedThrow((_, last) -> last.failure());
    }

    private static Throwable asInputOutput(Throwable error) {
        Throwable bare = Exceptions.unwrap(error);
        return switch (bare) {
            case IOException already -> already;
            case TimeoutException slow -> new IOException("S3 does not answer in time", slow);
            case Error worse -> worse;
            default -> new IOException("S3 cannot be reached", bare);
        };
    }

    Mono<Void> close() {
        return connections.disposeLater().timeout(FAREWELL).onErrorComplete();
    }
}
