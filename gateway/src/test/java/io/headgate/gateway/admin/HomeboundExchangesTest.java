package io.headgate.gateway.admin;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.http.server.reactive.HttpHandler;
import org.springframework.http.server.reactive.ReactorHttpHandlerAdapter;
import org.springframework.http.server.reactive.ServerHttpResponse;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;

/** A handler of which nothing happens where the connection lives. */
class HomeboundExchangesTest {

    private final Map<String, String> threads = new ConcurrentHashMap<>();

    private AdminClient.Answer ask(HttpHandler handler, String body) {
        HttpHandler elsewhere = (request, response) -> {
            response.beforeCommit(() -> Mono.fromRunnable(() -> note("write")));
            return Mono.defer(() -> handler.handle(request, response)).subscribeOn(Schedulers.single());
        };
        DisposableServer server = HttpServer.create()
                .host("127.0.0.1")
                .port(0)
                .doOnConnection(connection -> connection.channel().eventLoop().execute(() -> note("home")))
                .handle(new ReactorHttpHandlerAdapter(new HomeboundExchanges().apply(elsewhere)))
                .bindNow();
        try {
            return new AdminClient(server.port(), "").post("/", body);
        } finally {
            server.disposeNow();
        }
    }

    private void note(String what) {
        threads.put(what, Thread.currentThread().getName());
    }

    private static DataBuffer buffer(ServerHttpResponse response, String text) {
        return response.bufferFactory().wrap(text.getBytes(StandardCharsets.UTF_8));
    }

    private void assertWrittenAtHome() {
        assertThat(threads.get("write")).isEqualTo(threads.get("home"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"mono", "flux", "flushed"})
    void whatIsAnsweredElsewhereIsWrittenAtHome(String kind) {
        var answer = ask(
                (request, response) -> switch (kind) {
                    case "mono" -> response.writeWith(Mono.fromSupplier(() -> buffer(response, "made")));
                    case "flux" -> response.writeWith(Flux.just(buffer(response, "ma"), buffer(response, "de")));
                    default -> response.writeAndFlushWith(Flux.just(Mono.just(buffer(response, "made"))));
                },
                "");

        assertThat(answer.text()).isEqualTo("made");
        assertWrittenAtHome();
    }

    @Test
    void anAnswerWithoutABodyIsWrittenAtHome() {
        assertThat(ask((request, response) -> response.setComplete(), "").status())
                .isEqualTo(200);
        assertWrittenAtHome();
    }

    @Test
    void aBodyIsReadAtHome() {
        var answer = ask(
                (request, response) -> DataBufferUtils.join(request.getBody())
                        .doOnNext(read -> note("read"))
                        .publishOn(Schedulers.single())
                        .flatMap(read -> response.writeWith(Mono.just(read))),
                "x".repeat(100_000));

        assertThat(answer.text()).hasSize(100_000);
        assertThat(threads.get("read")).isEqualTo(threads.get("home"));
        assertWrittenAtHome();
    }
}
