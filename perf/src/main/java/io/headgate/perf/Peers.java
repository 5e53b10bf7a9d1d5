package io.headgate.perf;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The contestants that Headgate is measured beside. */
enum Peers implements Contestant {
    BARE_GATEWAY("bare-scg") {
        @Override
        public Launch launch(Setup setup) throws IOException {
            int port = OsProcess.freePort();
            return Launch.of(
                    port, main(setup, BareGateway.class, port, setup.upstream(), Integer.toString(setup.routes())));
        }
    },

    RAW_PROXY("raw-reactor-netty") {
        @Override
        public Launch launch(Setup setup) throws IOException {
            int port = OsProcess.freePort();
            return Launch.of(port, main(setup, RawProxy.class, port, setup.upstream()));
        }
    },

    NGINX("nginx") {
        @Override
        public Launch launch(Setup setup) throws IOException {
            int port = OsProcess.freePort();
            Path folder = Files.createDirectories(setup.folder().resolve("nginx-" + port));
            Path file = Files.writeString(folder.resolve("nginx.conf"), """
                    daemon off;
                    worker_processes auto;
                    pid nginx.pid;
                    events { worker_connections 4096; }
                    http {
                      access_log off;
                      keepalive_requests 1000000000;
                      client_max_body_size 0;
                      upstream backend { server 127.0.0.1:%d; keepalive 256; keepalive_requests 1000000000; }
                      server {
                        listen 127.0.0.1:%d;
                        location / { proxy_http_version 1.1; proxy_set_header Connection ""; proxy_pass http://backend; }
                      }
                    }
                    """.formatted(setup.backend(), port));
            return Launch.of(port, List.of(program(), "-e", "stderr", "-p", folder.toString(), "-c", file.toString()));
        }

        @Override
        public Optional<String> missing() {
            return notInstalled("nginx");
        }
    },

    HAPROXY("haproxy") {
        @Override
        public Launch launch(Setup setup) throws IOException {
            int port = OsProcess.freePort();
            Path file = Files.writeString(
                    setup.folder().resolve("haproxy-" + port + ".cfg"), """
                    global
                      maxconn 4096
                    defaults
                      mode http
                      http-reuse always
                      timeout connect 5s
                      timeout client 30s
                      timeout server 30s
                    frontend edge
                      bind 127.0.0.1:%d
                      default_backend stub
                    backend stub
                      server stub 127.0.0.1:%d
                    """.formatted(port, setup.backend()));
            return Launch.of(port, List.of(program(), "-db", "-f", file.toString()));
        }

        @Override
        public Optional<String> missing() {
            return notInstalled("haproxy");
        }
    };

    private final String title;

    Peers(String title) {
        this.title = title;
    }

    @Override
    public String title() {
        return title;
    }

    String program() {
        return OsProcess.which(title).orElseThrow().toString();
    }

    static Optional<String> notInstalled(String program) {
        return OsProcess.which(program).isPresent() ? Optional.empty() : Optional.of("not installed");
    }

    private static List<String> main(Setup setup, Class<?> main, int port, String... rest) {
        var command = new ArrayList<>(setup.java());
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName(), Integer.toString(port)));
        command.addAll(List.of(rest));
        return command;
    }
}
