package io.headgate.gateway.upstream;

import io.netty.handler.codec.http.HttpHeaders;
import io.netty.util.AsciiString;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.springframework.http.server.reactive.ServerHttpResponse;
import reactor.netty.http.server.HttpServerResponse;

/** Copies the head of a backend's answer into the one that the client gets, and can take it back. */
final class ResponseHead {
    private final List<CharSequence> copied = new ArrayList<>(16);

    /** What the gateway has set already stands; a backend's header of that name is left out. */
    void copy(int status, HttpHeaders source, ServerHttpResponse response) {
        response.setRawStatusCode(status);
        org.springframework.http.HttpHeaders target = response.getHeaders();
        List<String> own = target.isEmpty() ? List.of() : List.copyOf(target.headerNames());
        HttpServerResponse plain = NativeServer.undecorated(response);
        HttpHeaders plainTarget = plain == null ? null : plain.responseHeaders();
        Iterator<Map.Entry<CharSequence, CharSequence>> headers = source.iteratorCharSequence();
        while (headers.hasNext()) {
            Map.Entry<CharSequence, CharSequence> header = headers.next();
            CharSequence name = header.getKey();
            if (!Heads.isKeptFromClient(name) && (Heads.isShared(name) || !isAmong(own, name))) {
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

    /** The gateway sets a handful of headers: going through them is cheaper than any set of their names. */
    private static boolean isAmong(List<String> names, CharSequence name) {
        for (String one : names) {
            if (AsciiString.contentEqualsIgnoreCase(one, name)) {
                return true;
            }
        }
        return false;
    }

    private static void removeNamedByConnection(
            org.springframework.http.HttpHeaders target, List<String> connection, List<String> own) {
        for (String value : connection) {
            for (String token : value.split(",", -1)) {
                String name = token.strip();
                if (!name.isEmpty() && !isAmong(own, name)) {
                    target.remove(name);
                }
            }
        }
    }
}
