package io.headgate.gateway.upstream;

import io.headgate.api.InternalHeaders;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.util.AsciiString;
import java.util.List;

/** Which headers travel through a proxy. Names are told apart by their length first: this runs for every header. */
final class Heads {
    private static final String FORWARDED_PREFIX = "x-forwarded-";
    /** What the HTTP/2 codec tells the application about a stream under the guise of headers. */
    private static final String CODEC_PREFIX = "x-http2-";

    private Heads() {}

    /** Headers of one connection only, and those that the gateway alone may tell a backend. */
    static boolean isKeptFromBackend(CharSequence name) {
        return switch (name.length()) {
                    case 2 -> is(name, "te");
                    case 4 -> is(name, "host");
                    case 6 -> is(name, "expect");
                    case 7 -> is(name, "upgrade") || is(name, "trailer");
                    case 9 -> is(name, "forwarded") || is(name, "x-real-ip");
                    case 10 -> isOfConnection(name);
                    case 12 -> is(name, "x-request-id");
                    case 14 -> is(name, "content-length") || is(name, "http2-settings");
                    case 16, 17, 18, 19 -> isOfConnection(name);
                    default -> false;
                }
                || startsWith(name, InternalHeaders.PREFIX)
                || startsWith(name, FORWARDED_PREFIX)
                || startsWith(name, CODEC_PREFIX);
    }

    static boolean isKeptFromClient(CharSequence name) {
        return switch (name.length()) {
                    case 7 -> is(name, "upgrade");
                    case 10, 16, 17, 18, 19 -> isOfConnection(name);
                    default -> false;
                }
                || startsWith(name, InternalHeaders.PREFIX)
                || startsWith(name, CODEC_PREFIX);
    }

    static boolean isCredential(CharSequence name) {
        return switch (name.length()) {
            case 9 -> is(name, "x-api-key");
            case 13 -> is(name, "authorization");
            default -> false;
        };
    }

    /** Headers of which the backend's values stand beside the gateway's; of all others the gateway's stand alone. */
    static boolean isShared(CharSequence name) {
        return switch (name.length()) {
            case 4 -> is(name, "vary") || is(name, "link");
            case 10 -> is(name, "set-cookie");
            default -> false;
        };
    }

    private static boolean isOfConnection(CharSequence name) {
        return switch (name.length()) {
            case 10 -> is(name, "connection") || is(name, "keep-alive");
            case 16 -> is(name, "proxy-connection");
            case 17 -> is(name, "transfer-encoding");
            case 18 -> is(name, "proxy-authenticate");
            case 19 -> is(name, "proxy-authorization");
            default -> false;
        };
    }

    /** Removes what the sender declared to be for its connection alone. */
    static void removeNamedByConnection(HttpHeaders headers, List<String> connection) {
        for (String value : connection) {
            if (is(value, "keep-alive") || is(value, "close")) {
                continue;
            }
            for (String token : value.split(",", -1)) {
                String name = token.strip();
                if (!name.isEmpty()) {
                    headers.remove(name);
                }
            }
        }
    }

    static boolean wantsTrailers(HttpHeaders headers) {
        return headers.containsValue(HttpHeaderNames.TE, HttpHeaderValues.TRAILERS, true);
    }

    private static boolean is(CharSequence name, String other) {
        return AsciiString.contentEqualsIgnoreCase(name, other);
    }

    private static boolean startsWith(CharSequence name, String prefix) {
        return name.length() > prefix.length() && AsciiString.regionMatches(name, true, 0, prefix, 0, prefix.length());
    }
}
