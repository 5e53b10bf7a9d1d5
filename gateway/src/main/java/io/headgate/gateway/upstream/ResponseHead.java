package io.headgate.gateway.upstream;

import io.netty.handler.codec.http.HttpHeaders;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.springframework.http.server.reactive.ServerHttpResponse;
import reactor.netty.http.server.HttpServerResponse;

/** Copies the head of a backend's answer into the one that the client gets, and can take it back. */
final class ResponseHead {
    private final List<CharSequence> copied = new ArrayList<>(16);

    /** What the gateway has set already stands; a backend's header of that name is left out. */
    void copy(int status, HttpHeaders source, ServerHttpResponse response) {
        response.setRawStatusCode(status);
        org.springframework.http.HttpHeaders target = response.getHeaders();
        Set<String> own = namesIn(target);
        HttpServerResponse plain = NativeServer.undecorated(response);
        HttpHeaders plainTarget = plain == null ? null : plain.responseHeaders();
        Iterator<Map.Entry<CharSequence, CharSequence>> headers = source.iteratorCharSequence();
        while (headers.hasNext()) {
            Map.Entry<CharSequence, CharSequence> header = headers.next();
            CharSequence name = header.getKey();
            if (!Heads.isKeptFromClient(name)
                    && (own.isEmpty() || Heads.isShared(name) || !own.contains(name.toString()))) {
                if (plainTarget == null) {
                    target.add(name.toString(), header.getValue().toString());
                } else {
                    plainTarget.add(name, header.getValue());
                }
                copied.add(name);
            }
        }
        List<String> connection = source.getAll("connection");
        if (!connection.isEmpty()) {
            removeNamedByConnection(target, connection, own);
        }
    }

    /** So that a refusal which takes the answer's place is not described by the headers of what it replaces. */
    void takeBack(ServerHttpResponse response) {
        copied.forEach(name -> response.getHeaders().remove(name.toString()));
        copied.clear();
    }

    private static Set<String> namesIn(org.springframework.http.HttpHeaders headers) {
        if (headers.isEmpty()) {
            return Set.of();
        }
        Set<String> names = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
        names.addAll(headers.headerNames());
        return names;
    }

    private static void removeNamedByConnection(
            org.springframework.http.HttpHeaders target, List<String> connection, Set<String> own) {
        for (String value : connection) {
            for (String token : value.split(",", -1)) {
                String name = token.strip();
                if (!name.isEmpty() && !own.contains(name)) {
                    target.remove(name);
                }
            }
        }
    }
}
