package io.headgate.local;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** The demo issuer's process: its public keys, and the metadata that points to them. */
final class IssuerMain {

    static final String JWKS_PATH = "/jwks.json";

    private IssuerMain() {}

    public static void main(String[] args) throws IOException {
        int port = Integer.parseInt(args[1]);
        var issuer = DemoIssuer.open(Path.of(args[0]), "http://" + Ports.HOST + ":" + port);
        var server = HttpServer.create(new InetSocketAddress(Ports.HOST, port), 0);
        serve(server, JWKS_PATH, issuer.jwks());
        serve(
                server,
                "/.well-known/openid-configuration",
                "{\"issuer\":\"%s\",\"jwks_uri\":\"%s%s\",\"id_token_signing_alg_values_supported\":[\"ES256\"]}"
                        .formatted(issuer.url(), issuer.url(), JWKS_PATH));
        serve(server, "/healthz", "{}");
        server.start();
    }

    private static void serve(HttpServer server, String path, String json) {
        byte[] body = json.getBytes(StandardCharsets.UTF_8);
        server.createContext(
                path,
                exchange -> answer(exchange, exchange.getRequestURI().getPath().equals(path), body));
    }

    private static void answer(HttpExchange exchange, boolean isThis, byte[] body) throws IOException {
        try (exchange) {
            if (!isThis || !exchange.getRequestMethod().equals("GET")) {
                exchange.sendResponseHeaders(404, -1);
                return;
            }
            exchange.getResponseHeaders().set("Content-Type", "application/json");
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
        }
    }
}
