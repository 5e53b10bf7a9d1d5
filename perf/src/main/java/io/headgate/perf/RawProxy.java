package io.headgate.perf;

import reactor.netty.http.client.HttpClient;
import reactor.netty.http.server.HttpServer;
import reactor.netty.resources.ConnectionProvider;

/**
 * The least that a proxy on reactor-netty can do: pass a request and its answer on, streaming both ways. What Spring
 * Cloud Gateway and Headgate cost more than this is what their features cost.
 */
final class RawProxy {
    private RawProxy() {}

    /** Arguments: the port, and the upstream such as {@code http://127.0.0.1:9000}. */
    static void main(String[] args) {
        Parent.endWithIt();
        proxy(Integer.parseInt(args[0]), args[1]).bindNow().onDispose().block();
    }

    static HttpServer proxy(int port, String upstream) {
        HttpClient client = HttpClient.create(ConnectionProvider.builder("upstream")
                        .maxConnections(512)
                        .pendingAcquireMaxCount(4096)
                        .build())
                .baseUrl(upstream);
        return HttpServer.create()
                .host("127.0.0.1")
                .port(port)
                .handle((request, response) -> client.headers(
                                headers -> headers.set(request.requestHeaders()).remove("host"))
                        .request(request.method())
                        .uri(request.uri())
                        .send((outgoing, outbound) ->
                                outbound.send(request.receive().retain()))
                        .response((answer, body) -> response.status(answer.status())
                                .headers(answer.responseHeaders())
                                .send(body.retain())));
    }
}
