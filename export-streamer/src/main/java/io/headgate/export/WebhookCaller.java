package io.headgate.export;

import io.headgate.api.AddressGuard;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelOption;
import io.netty.resolver.AddressResolverGroup;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLException;
import reactor.core.publisher.Mono;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.client.HttpClientResponse;
import reactor.netty.resources.ConnectionProvider;
import reactor.netty.resources.LoopResources;
import reactor.netty.transport.NameResolverProvider;

/**
 * Sends a notice once. Each has a connection of its own, that no other can have prepared; redirects are not followed,
 * since they would lead past what was checked; of the answer only the head is read.
 */
final class WebhookCaller {

    /** @param error why there is no status, in a word */
    record Answer(OptionalInt status, Optional<Duration> retryAfter, Optional<String> error) {

        private static final int GONE = 410;

        boolean isTaken() {
            return status.isPresent() && status.getAsInt() / 100 == 2;
        }

        boolean isUnwanted() {
            return status.isPresent() && status.getAsInt() == GONE;
        }

        static Answer failed(String error) {
            return new Answer(OptionalInt.empty(), Optional.empty(), Optional.of(error));
        }
    }

    /** @param id the same at each attempt, by which the receiver knows a notice that it has seen */
    record Notice(String url, String id, long timestamp, String signature, String body) {}

    private static final int MAX_WISH_DIGITS = 6;

    private final HttpClient client;
    private final Duration timeout;

    WebhookCaller(AddressResolverGroup<?> names, PublicAddresses addresses, JobsProperties.Webhooks settings) {
        this.timeout = settings.timeout();
        this.client = HttpClient.create(ConnectionProvider.newConnection())
                .resolver(new AddressGuard(names, addresses::mayCall))
                .followRedirect(false)
                .disableRetry(true)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, (int) timeout.toMillis())
                .responseTimeout(timeout);
    }

    /** Asks name servers without blocking; the platform's own look-up would hold an event loop. */
    static AddressResolverGroup<?> names(LoopResources loops, Duration timeout) {
        return NameResolverProvider.builder()
                .queryTimeout(timeout)
                .build()
                .newNameResolverGroup(loops, LoopResources.DEFAULT_NATIVE);
    }

    /** Always answers: what goes wrong is an answer too. */
    Mono<Answer> send(Notice notice) {
        return Mono.defer(() -> call(notice))
                .timeout(timeout)
                .onErrorResume(error -> Mono.just(Answer.failed(word(error))));
    }

    private Mono<Answer> call(Notice notice) {
        return client.headers(headers -> headers.set("content-type", "application/json")
                        .set("user-agent", "headgate")
                        .set("webhook-id", notice.id())
                        .set("webhook-timestamp", notice.timestamp())
                        .set("webhook-signature", notice.signature()))
                .post()
                .uri(notice.url())
                .send(Mono.fromSupplier(
                        () -> Unpooled.wrappedBuffer(notice.body().getBytes(StandardCharsets.UTF_8))))
                .response()
                .map(WebhookCaller::answer);
    }

    private static Answer answer(HttpClientResponse response) {
        String wish = response.responseHeaders().get("retry-after", "").strip();
        Optional<Duration> seconds = wish.matches("[0-9]{1," + MAX_WISH_DIGITS + "}")
                ? Optional.of(Duration.ofSeconds(Long.parseLong(wish)))
                : Optional.empty();
        return new Answer(OptionalInt.of(response.status().code()), seconds, Optional.empty());
    }

    private static String word(Throwable error) {
        return switch (error) {
            case AddressGuard.ForbiddenAddressException refused -> "address-not-public";
            case java.net.UnknownHostException unknown -> "unknown-host";
            case java.net.ConnectException refused -> "not-connected";
            case SSLException untrusted -> "tls";
            case TimeoutException slow -> "timeout";
            case io.netty.handler.timeout.TimeoutException slow -> "timeout";
            default -> "broken-off";
        };
    }
}
