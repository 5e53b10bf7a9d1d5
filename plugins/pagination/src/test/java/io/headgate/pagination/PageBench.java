package io.headgate.pagination;

import com.sun.management.OperatingSystemMXBean;
import io.headgate.api.PathTemplate;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.springframework.cloud.gateway.filter.GatewayFilterChain;
import org.springframework.core.io.buffer.NettyDataBufferFactory;
import org.springframework.http.MediaType;
import org.springframework.http.server.reactive.ReactorHttpHandlerAdapter;
import org.springframework.util.unit.DataSize;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.adapter.WebHttpHandlerBuilder;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.server.HttpServer;
import tools.jackson.core.JsonPointer;

/**
 * A large page through the filter, beside the same bytes passed on as they are: a backend, an edge and a client over
 * loopback in one process of the benches, which prints one line of JSON a measurement. Its one argument is how long each
 * takes.
 */
public final class PageBench {

    private static final OperatingSystemMXBean SYSTEM =
            (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    private static final int CHUNK = 64 * 1024;
    private static final int AT_ONCE = 4;
    private static final int ROUNDS = 5;
    private static final HttpClient CLIENT = HttpClient.create();

    private PageBench() {}

    public static void main(String[] args) {
        measure(List.of(10, 100), Duration.ofSeconds(Long.parseLong(args[0])), ROUNDS);
        System.exit(0);
    }

    static void measure(List<Integer> sizes, Duration each, int rounds) {
        for (int mib : sizes) {
            DisposableServer backend = backend(mib);
            DisposableServer edge = edge(backend.port());
            run(edge, "/passed", each);
            run(edge, "/paged", each);
            for (int round = 0; round < rounds; round++) {
                measure("passed on", mib, edge, "/passed", each);
                measure("rewritten", mib, edge, "/paged", each);
            }
            edge.disposeNow();
            backend.disposeNow();
        }
    }

    private static void measure(String what, int mib, DisposableServer edge, String path, Duration each) {
        long cpu = SYSTEM.getProcessCpuTime();
        long began = System.nanoTime();
        long bytes = run(edge, path, each);
        double seconds = (System.nanoTime() - began) / 1e9;
        Runtime runtime = Runtime.getRuntime();
        System.out.printf(
                Locale.ROOT,
                "{\"what\":\"%s\",\"mib\":%d,\"rate\":%.1f,\"cpu\":%.2f,\"heap\":%d,\"direct\":%d}%n",
                what,
                mib,
                bytes / 1048576.0 / seconds,
                (SYSTEM.getProcessCpuTime() - cpu) / 1e6 / (bytes / 1048576.0),
                (runtime.totalMemory() - runtime.freeMemory()) >> 20,
                PooledByteBufAllocator.DEFAULT.metric().usedDirectMemory() >> 20);
    }

    private static long run(DisposableServer edge, String path, Duration each) {
        long until = System.nanoTime() + each.toNanos();
        return Flux.range(0, AT_ONCE)
                .flatMap(client -> Mono.defer(() -> fetched(edge, path))
                        .repeat(() -> System.nanoTime() < until)
                        .reduce(Long::sum))
                .reduce(Long::sum)
                .blockOptional()
                .orElseThrow();
    }

    private static Mono<Long> fetched(DisposableServer edge, String path) {
        return CLIENT.get()
                .uri("http://127.0.0.1:" + edge.port() + path)
                .response((answer, content) -> answer.status().code() == 200
                        ? content.map(buffer -> (long) buffer.readableBytes())
                        : Flux.error(new IllegalStateException(answer.status().toString())))
                .reduce(Long::sum);
    }

    private static DisposableServer backend(int mib) {
        byte[] item =
                "{\"id\":\"6f1c0f0e-3f6a-4c11-9d55-000000000000\",\"name\":\"Report \\\"one\\\"\",\"amount\":12.50,\"views\":7},"
                        .getBytes(StandardCharsets.US_ASCII);
        int items = mib * 1_048_576 / item.length;
        ByteBuf page = Unpooled.unreleasableBuffer(Unpooled.directBuffer(items * item.length + 64));
        page.writeCharSequence("{\"items\":[", StandardCharsets.US_ASCII);
        for (int i = 0; i < items; i++) {
            page.writeBytes(item, 0, i == items - 1 ? item.length - 1 : item.length);
        }
        page.writeCharSequence("],\"total\":" + items + "}", StandardCharsets.US_ASCII);
        List<ByteBuf> chunks = new ArrayList<>();
        for (int at = 0; at < page.readableBytes(); at += CHUNK) {
            chunks.add(page.slice(at, Math.min(CHUNK, page.readableBytes() - at)));
        }
        return HttpServer.create()
                .host("127.0.0.1")
                .port(0)
                .handle((request, response) -> response.header("Content-Type", "application/json")
                        .send(Flux.fromIterable(chunks).map(ByteBuf::duplicate)))
                .bindNow();
    }

    private static DisposableServer edge(int backend) {
        var limits = new PaginationProperties(
                50, Duration.ofHours(24), DataSize.ofKilobytes(64), 1_000_000, 500, 1_024, 200);
        var cursors = new Cursors(
                new PageFixture.Keys("one"), Clock.systemUTC(), new SecureRandom(), limits.cursorLifetime());
        var section = new PaginationSection(
                Set.of(ClientDialect.CURSOR),
                new UpstreamPages(
                        UpstreamDialect.PAGE,
                        "per_page",
                        Optional.of("page"),
                        JsonPointer.compile("/items"),
                        Optional.of(JsonPointer.compile("/total")),
                        Optional.empty()),
                10_000,
                PageFormat.ENVELOPE,
                List.of(PathTemplate.parse("/paged")));
        var filter = new PageFilter(
                new PageFilter.Shared(cursors, new PageMeters(new SimpleMeterRegistry(), 2), limits), section, "bench");
        GatewayFilterChain call = exchange -> proxied(exchange, backend);
        var handler = WebHttpHandlerBuilder.webHandler(exchange -> filter.filter(exchange, call))
                .build();
        return HttpServer.create()
                .host("127.0.0.1")
                .port(0)
                .handle(new ReactorHttpHandlerAdapter(handler))
                .bindNow();
    }

    private static Mono<Void> proxied(ServerWebExchange exchange, int backend) {
        var buffers = (NettyDataBufferFactory) exchange.getResponse().bufferFactory();
        exchange.getResponse().getHeaders().setContentType(MediaType.APPLICATION_JSON);
        return CLIENT.get()
                .uri("http://127.0.0.1:" + backend + "/")
                .response((answer, content) ->
                        exchange.getResponse().writeWith(content.retain().map(buffers::wrap)))
                .then();
    }
}
