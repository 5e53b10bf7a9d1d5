package io.headgate.export;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * What is asked of a bucket.
 *
 * @param path as it goes over the wire
 * @param headers in lower case
 * @param bodyDigest of the body: SHA-256 in hexadecimal
 */
record S3Request(
        String method,
        String path,
        SortedMap<String, String> query,
        SortedMap<String, String> headers,
        byte[] body,
        String bodyDigest) {

    private static final byte[] NOTHING = {};
    private static final String DIGEST_OF_NOTHING = Digests.hex(NOTHING);

    static S3Request of(String method, String path) {
        return new S3Request(method, path, new TreeMap<>(), new TreeMap<>(), NOTHING, DIGEST_OF_NOTHING);
    }

    S3Request with(Map<String, String> parameters) {
        var all = new TreeMap<>(query);
        all.putAll(parameters);
        return new S3Request(method, path, all, headers, body, bodyDigest);
    }

    S3Request header(String name, String value) {
        var all = new TreeMap<>(headers);
        all.put(name, value);
        return new S3Request(method, path, query, all, body, bodyDigest);
    }

    S3Request sending(byte[] content, String digest) {
        return new S3Request(method, path, query, headers, content, digest);
    }

    /** One form of the query, for the wire and for the signature. */
    String rawQuery() {
        return query.entrySet().stream()
                .map(parameter -> encoded(parameter.getKey()) + "=" + encoded(parameter.getValue()))
                .collect(Collectors.joining("&"));
    }

    String target() {
        return query.isEmpty() ? path : path + "?" + rawQuery();
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8)
                .replace("+", "%20")
                .replace("*", "%2A")
                .replace("%7E", "~");
    }
}
