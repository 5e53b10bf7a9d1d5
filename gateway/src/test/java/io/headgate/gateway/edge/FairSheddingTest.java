package io.headgate.gateway.edge;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.gateway.admin.Awaited;
import io.headgate.ratelimit.LimitInsight;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Sinks;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;

/**
 * A backend gives ten answers in a round, oldest first, to two tenants. The modest one asks with five clients, which is
 * its share; the greedy one with fifty. Who is answered asks again at once, who is refused in the next round, and the
 * greedy one is always faster.
 */
class FairSheddingTest {

    private static final int ANSWERS = 10;
    private static final int ROUNDS = 20;
    private static final int SHARE = ROUNDS * ANSWERS / 2;
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    private final Queue<Held> held = new ConcurrentLinkedQueue<>();
    private final Tenant modest = new Tenant("modest", ANSWERS / 2);
    private final Tenant greedy = new Tenant("greedy", ANSWERS / 2 * 10);
    private final DisposableServer backend = HttpServer.create()
            .host("127.0.0.1")
            .port(0)
            .route(routes -> routes.get("/api/{tenant}/{client}", (request, response) -> {
                Tenant tenant = modest.name.equals(request.param("tenant")) ? modest : greedy;
                var answer = Sinks.<String>one();
                hold(new Held(tenant, tenant.clients.get(Integer.parseInt(request.param("client"))), answer));
                return response.sendString(answer.asMono());
            }))
            .bindNow();
    private final List<TestEdge> edges = new ArrayList<>();

    private static final class Tenant {
        private final String name;
        private final List<Client> clients = new ArrayList<>();
        private int asked;
        private int answered;

        Tenant(String name, int clients) {
            this.name = name;
            for (int i = 0; i < clients; i++) {
                this.clients.add(new Client(i));
            }
        }

        void forget() {
            asked = 0;
            answered = 0;
        }

        @Override
        public String toString() {
            return name + ": " + answered + " answered of " + asked;
        }
    }

    private static final class Client {
        private final int number;
        private boolean isHeld;
        private volatile CompletableFuture<Void> arrived = new CompletableFuture<>();
        private CompletableFuture<HttpResponse<String>> answer = new CompletableFuture<>();

        Client(int number) {
            this.number = number;
        }
    }

    private record Held(Tenant tenant, Client client, Sinks.One<String> answer) {}

    private void hold(Held request) {
        held.add(request);
        request.client.arrived.complete(null);
    }

    @AfterEach
    void stop() {
        held.forEach(request -> request.answer.tryEmitValue("at last"));
        edges.forEach(TestEdge::close);
        backend.disposeNow();
    }

    private TestEdge edge(String mode) {
        TestEdge edge = TestEdge.start(
                        "headgate.limits.shedding.mode=" + mode,
                        "headgate.limits.shedding.min-limit=18", // of which nine are for whoever is above its share
                        "headgate.limits.shedding.max-limit=18")
                .route("demo/api", """
                        match: { path: "/api/**" }
                        upstream:
                          primary: "http://127.0.0.1:%d"
                          timeouts: { response: 10m }
                          breaker: { slowCall: 10m }
                        """.formatted(backend.port()));
        edges.add(edge);
        return edge;
    }

    @Test
    void aTenantAtTenTimesItsShareCostsTheOtherNothingOfWhatItIsEntitledTo() throws Exception {
        TestEdge edge = edge("enforce");
        rounds(edge); // in which it shows who is greedy

        rounds(edge);

        assertThat(modest.answered).as("%s; %s", modest, greedy).isGreaterThanOrEqualTo(SHARE * 95 / 100);
        assertThat(modest.answered).as("%s; %s", modest, greedy).isGreaterThanOrEqualTo(modest.asked * 95 / 100);
        assertThat(modest.answered + greedy.answered).isEqualTo(ROUNDS * ANSWERS);
    }

    @Test
    void withoutSheddingItWouldGetLessThanAQuarterOfThat() throws Exception {
        TestEdge edge = edge("off");
        rounds(edge);

        rounds(edge);

        assertThat(modest.answered).as("%s; %s", modest, greedy).isLessThan(SHARE / 4);
    }

    private void rounds(TestEdge edge) throws Exception {
        modest.forget();
        greedy.forget();
        for (int i = 0; i < ROUNDS; i++) {
            round(edge);
        }
    }

    private void round(TestEdge edge) throws Exception {
        for (Tenant tenant : List.of(greedy, modest)) {
            for (Client client : tenant.clients) {
                if (!client.isHeld) {
                    ask(edge, tenant, client);
                }
            }
        }
        for (int i = 0; i < ANSWERS; i++) {
            answerTheOldest(edge);
        }
    }

    /** Returns once the backend has the request, or it was refused. */
    private void ask(TestEdge edge, Tenant tenant, Client client) throws Exception {
        tenant.asked++;
        client.arrived = new CompletableFuture<>();
        client.answer = HTTP.sendAsync(
                HttpRequest.newBuilder(URI.create(
                                "http://127.0.0.1:" + edge.port() + "/api/" + tenant.name + "/" + client.number))
                        .header("X-Test-Caller", tenant.name + "/someone")
                        .build(),
                BodyHandlers.ofString());
        within60s(CompletableFuture.anyOf(client.arrived, client.answer));
        client.isHeld = client.arrived.isDone();
        if (!client.isHeld) {
            assertThat(client.answer.get().statusCode()).isEqualTo(503);
        }
    }

    private void answerTheOldest(TestEdge edge) throws Exception {
        Held oldest = held.remove();
        oldest.answer.tryEmitValue("done");
        assertThat(within60s(oldest.client.answer).statusCode()).isEqualTo(200);
        oldest.tenant.answered++;
        Awaited.until("its seat is free", () -> underWay(edge) <= held.size());
        ask(edge, oldest.tenant, oldest.client);
    }

    private static <T> T within60s(CompletableFuture<T> what)
            throws InterruptedException, ExecutionException, TimeoutException {
        return what.get(60, TimeUnit.SECONDS);
    }

    private static int underWay(TestEdge edge) {
        int all = 0;
        for (var upstream :
                edge.bean(LimitInsight.class).state().path("shedding").path("upstreams")) {
            all += upstream.path("under_way").asInt();
        }
        return all;
    }
}
