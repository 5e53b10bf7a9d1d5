package io.headgate.export;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HexFormat;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Signs requests after AWS Signature Version 4: all of their headers, and the digest of what they carry. */
final class S3Signature {

    static final String BODY_DIGEST = "x-amz-content-sha256";
    static final String TIME = "x-amz-date";

    private static final String ALGORITHM = "AWS4-HMAC-SHA256";
    private static final String SERVICE = "s3";
    private static final String END = "aws4_request";
    private static final int DAY = 8;
    private static final DateTimeFormatter FORM =
            DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'").withZone(ZoneOffset.UTC);

    private final String region;
    private final String accessKey;
    private final String secretKey;

    S3Signature(String region, String accessKey, String secretKey) {
        this.region = region;
        this.accessKey = accessKey;
        this.secretKey = secretKey;
    }

    /** The headers that the request is sent with. */
    SortedMap<String, String> headers(S3Request request, String host, Instant at) {
        var headers = new TreeMap<>(request.headers());
        headers.put("host", host);
        headers.put(BODY_DIGEST, request.bodyDigest());
        headers.put(TIME, FORM.format(at));
        headers.put("authorization", authorization(request, headers));
        return headers;
    }

    private String authorization(S3Request request, SortedMap<String, String> signed) {
        String time = signed.getOrDefault(TIME, "");
        String names = String.join(";", signed.keySet());
        String scope = String.join("/", time.substring(0, DAY), region, SERVICE, END);
        String canonical = String.join(
                "\n",
                request.method(),
                request.path(),
                request.rawQuery(),
                signed.entrySet().stream()
                        .map(header -> header.getKey() + ":" + header.getValue().strip() + "\n")
                        .collect(Collectors.joining()),
                names,
                request.bodyDigest());
        String signature = hex(Digests.hmac(
                key(time.substring(0, DAY)), String.join("\n", ALGORITHM, time, scope, Digests.hex(canonical))));
        return ALGORITHM + " Credential=" + accessKey + "/" + scope + ",SignedHeaders=" + names + ",Signature="
                + signature;
    }

    private byte[] key(String day) {
        byte[] ofDay = Digests.hmac(("AWS4" + secretKey).getBytes(StandardCharsets.UTF_8), day);
        return Digests.hmac(Digests.hmac(Digests.hmac(ofDay, region), SERVICE), END);
    }

    private static String hex(byte[] bytes) {
        return HexFormat.of().formatHex(bytes);
    }
}
