package io.headgate.export;

import io.netty.channel.ChannelOption;
import io.netty.handler.codec.http.QueryStringDecoder;
import java.io.ByteArrayOutputStream;
import java.time.Instant;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;

/**
 * The part of S3 that the storage uses, in memory and in small pages: an upload is an object once it is completed, and not
 * before; a request whose signature is not that of its keys is refused; and what is wanted goes wrong.
 */
final class FakeS3 implements AutoCloseable {

    static final String REGION = "eu-central-1";
    static final String ACCESS_KEY = "key";
    static final String SECRET_KEY = "secret";

    private static final Pattern RANGE = Pattern.compile("bytes=([0-9]+)-([0-9]+)");
    private static final int PAGE = 2;

    enum Operation {
        BEGIN,
        PART,
        PUT,
        COMPLETE,
        CALL_OFF,
        DELETE,
        READ,
        HEAD,
        LIST
    }

    enum Fault {
        /** 503. */
        BUSY,
        /** 429. */
        TOO_MANY,
        /** 400, as the body did not come in time. */
        SLOW_BODY,
        /** 403. */
        DENIED,
        /** 200, and then an error in the body. */
        LATE_ERROR,
        /** The connection goes before anything is done. */
        CUT,
        /** The connection goes after it is done. */
        CUT_AFTER,
        /** Half of what is asked for, as if that were all. */
        SHORT,
        /** Nothing is ever said. */
        SILENCE
    }

    private record Upload(String key, SortedMap<Integer, byte[]> parts) {}

    private record Asked(
            HttpServerRequest request, HttpServerResponse response, QueryStringDecoder query, String key, byte[] body) {

        Optional<String> parameter(String name) {
            return Optional.ofNullable(query.parameters().get(name)).map(List::getFirst);
        }
    }

    final Map<String, byte[]> objects = new ConcurrentSkipListMap<>();
    private final Map<String, Upload> uploads = new ConcurrentSkipListMap<>();
    private final Map<Operation, Deque<Fault>> faults = new ConcurrentHashMap<>();
    private final List<Operation> done = new CopyOnWriteArrayList<>();
    private final AtomicInteger ids = new AtomicInteger();
    private final DisposableServer server = HttpServer.create()
            .host("127.0.0.1")
            .port(0)
            .handle((request, response) -> request.receive()
                    .aggregate()
                    .asByteArray()
                    .defaultIfEmpty(new byte[0])
                    .flatMap(body -> Mono.from(answer(request, response, body))))
            .bindNow();

    String endpoint() {
        return "http://127.0.0.1:" + server.port();
    }

    /** With what it is reached by. */
    JobSettings in(JobSettings settings) {
        return settings.with("s3.endpoint", endpoint())
                .with("s3.region", REGION)
                .with("s3.access-key", ACCESS_KEY)
                .with("s3.secret-key", SECRET_KEY);
    }

    /** The next requests of this kind, one after the other. */
    void fail(Operation operation, Fault... next) {
        faults.computeIfAbsent(operation, _ -> new ConcurrentLinkedDeque<>()).addAll(List.of(next));
    }

    long count(Operation operation) {
        return done.stream().filter(operation::equals).count();
    }

    List<String> begun() {
        return uploads.values().stream().map(Upload::key).toList();
    }

    /** Something that another process began. */
    void begin(String key) {
        uploads.put("up/load+" + ids.incrementAndGet(), new Upload(key, new TreeMap<>()));
    }

    private Publisher<Void> answer(HttpServerRequest request, HttpServerResponse response, byte[] body) {
        var query = new QueryStringDecoder(request.uri());
        var asked = new Asked(request, response, query, query.path().replaceFirst("^/[^/]+/?", ""), body);
        if (!isSigned(request, body)) {
            return error(response, 403, "SignatureDoesNotMatch");
        }
        Operation operation = operation(asked);
        done.add(operation);
        Fault fault =
                Optional.ofNullable(faults.get(operation)).map(Deque::poll).orElse(null);
        return switch (fault) {
            case null -> answer(operation, asked);
            case BUSY -> error(response, 503, "SlowDown");
            case TOO_MANY -> error(response, 429, "SlowDown");
            case SLOW_BODY -> error(response, 400, "RequestTimeout");
            case DENIED -> error(response, 403, "AccessDenied");
            case LATE_ERROR -> error(response, 200, "InternalError");
            case CUT -> cut(response);
            case SHORT -> read(asked, 2, false);
            case CUT_AFTER ->
                operation == Operation.READ ? read(asked, 2, true) : Mono.from(answerUnheard(operation, asked));
            case SILENCE -> Mono.never();
        };
    }

    private Publisher<Void> answerUnheard(Operation operation, Asked asked) {
        answer(operation, asked);
        return cut(asked.response());
    }

    private static Mono<Void> cut(HttpServerResponse response) {
        return Mono.fromRunnable(() -> response.withConnection(connection -> {
            connection.channel().config().setOption(ChannelOption.SO_LINGER, 0);
            connection.channel().close();
        }));
    }

    private static Operation operation(Asked asked) {
        boolean isOfUpload = asked.parameter("uploadId").isPresent();
        return switch (asked.request().method().name()) {
            case "POST" -> isOfUpload ? Operation.COMPLETE : Operation.BEGIN;
            case "PUT" -> isOfUpload ? Operation.PART : Operation.PUT;
            case "DELETE" -> isOfUpload ? Operation.CALL_OFF : Operation.DELETE;
            case "HEAD" -> Operation.HEAD;
            default -> asked.key().isEmpty() ? Operation.LIST : Operation.READ;
        };
    }

    private Publisher<Void> answer(Operation operation, Asked asked) {
        HttpServerResponse response = asked.response();
        String upload = asked.parameter("uploadId").orElse("");
        return switch (operation) {
            case BEGIN -> {
                begin(asked.key());
                yield xml(
                        response,
                        "<InitiateMultipartUploadResult><UploadId>up/load+" + ids.get()
                                + "</UploadId></InitiateMultipartUploadResult>");
            }
            case PART -> part(asked, upload);
            case PUT -> {
                objects.put(asked.key(), asked.body());
                yield response.send();
            }
            case COMPLETE -> complete(asked, upload);
            case CALL_OFF ->
                uploads.remove(upload) == null
                        ? error(response, 404, "NoSuchUpload")
                        : response.status(204).send();
            case DELETE -> {
                objects.remove(asked.key());
                yield response.status(204).send();
            }
            case HEAD ->
                Optional.ofNullable(objects.get(asked.key()))
                        .map(object -> response.header("Content-Length", Integer.toString(object.length))
                                .send())
                        .orElseGet(() -> response.status(404).send());
            case READ -> read(asked, 1, false);
            case LIST -> asked.parameter("uploads").isPresent() ? uploads(asked) : objects(asked);
        };
    }

    private Publisher<Void> part(Asked asked, String id) {
        Upload upload = uploads.get(id);
        if (upload == null) {
            return error(asked.response(), 404, "NoSuchUpload");
        }
        synchronized (upload) {
            upload.parts().put(Integer.parseInt(asked.parameter("partNumber").orElseThrow()), asked.body());
        }
        return asked.response().header("ETag", etag(asked.body())).send();
    }

    private static String etag(byte[] part) {
        return "\"" + Digests.hex(part) + "\"";
    }

    /** What is put together is what the list says, and each part of it must be what was sent. */
    private Publisher<Void> complete(Asked asked, String id) {
        Upload upload = uploads.get(id);
        if (upload == null) {
            return error(asked.response(), 404, "NoSuchUpload");
        }
        var list = new StringBuilder("<CompleteMultipartUpload>");
        var whole = new ByteArrayOutputStream();
        upload.parts().forEach((number, part) -> {
            list.append("<Part><PartNumber>" + number + "</PartNumber><ETag>" + etag(part) + "</ETag></Part>");
            whole.writeBytes(part);
        });
        if (!list.append("</CompleteMultipartUpload>").toString().equals(new String(asked.body()))) {
            return error(asked.response(), 400, "InvalidPart");
        }
        objects.put(upload.key(), whole.toByteArray());
        uploads.remove(id);
        return xml(
                asked.response(), "<CompleteMultipartUploadResult><ETag>\"x\"</ETag></CompleteMultipartUploadResult>");
    }

    /**
     * @param divisor where it is not 1, so much less is sent
     * @param isCut whether the connection goes then
     */
    private Publisher<Void> read(Asked asked, int divisor, boolean isCut) {
        byte[] object = objects.get(asked.key());
        if (object == null) {
            return error(asked.response(), 404, "NoSuchKey");
        }
        Matcher range = RANGE.matcher(asked.request().requestHeaders().get("Range", ""));
        if (!range.matches()) {
            return error(asked.response(), 400, "InvalidRange");
        }
        int from = Integer.parseInt(range.group(1));
        int length = Math.min(object.length, Integer.parseInt(range.group(2)) + 1) - from;
        byte[] sent = Arrays.copyOfRange(object, from, from + length / divisor);
        HttpServerResponse response =
                asked.response().status(206).header("Content-Length", Integer.toString(isCut ? length : sent.length));
        return isCut
                ? response.sendByteArray(
                        Flux.concat(Mono.just(sent), Mono.<byte[]>never().doOnSubscribe(_ -> closeSoon(response))))
                : response.sendByteArray(Mono.just(sent));
    }

    /** Behind what is being written. */
    private static void closeSoon(HttpServerResponse response) {
        response.withConnection(connection -> connection.channel().eventLoop().execute(() -> {
            connection.channel().flush();
            connection.channel().close();
        }));
    }

    private Publisher<Void> objects(Asked asked) {
        String after = asked.parameter("continuation-token").orElse("");
        List<String> keys = objects.keySet().stream()
                .filter(key -> key.startsWith(asked.parameter("prefix").orElse("")) && key.compareTo(after) > 0)
                .toList();
        var list = new StringBuilder("<ListBucketResult><Name>exports</Name>");
        keys.stream()
                .limit(PAGE)
                .forEach(key -> list.append("<Contents><Key>" + key + "</Key><LastModified>" + Instant.EPOCH
                        + "</LastModified><Owner><ID>1</ID></Owner></Contents>"));
        if (keys.size() > PAGE) {
            list.append("<NextContinuationToken>" + keys.get(PAGE - 1) + "</NextContinuationToken>");
        }
        return xml(
                asked.response(),
                list.append("<IsTruncated>" + (keys.size() > PAGE) + "</IsTruncated></ListBucketResult>")
                        .toString());
    }

    private Publisher<Void> uploads(Asked asked) {
        String after = asked.parameter("upload-id-marker").orElse("");
        List<Map.Entry<String, Upload>> found = uploads.entrySet().stream()
                .filter(upload -> upload.getKey().compareTo(after) > 0)
                .toList();
        var list = new StringBuilder("<ListMultipartUploadsResult>");
        found.stream()
                .limit(PAGE)
                .forEach(upload -> list.append("<Upload><Key>"
                        + upload.getValue().key() + "</Key><UploadId>" + upload.getKey() + "</UploadId><Initiated>"
                        + Instant.EPOCH + "</Initiated></Upload>"));
        if (found.size() > PAGE) {
            list.append("<NextKeyMarker>k</NextKeyMarker><NextUploadIdMarker>"
                    + found.get(PAGE - 1).getKey() + "</NextUploadIdMarker>");
        }
        return xml(
                asked.response(),
                list.append("<IsTruncated>" + (found.size() > PAGE) + "</IsTruncated></ListMultipartUploadsResult>")
                        .toString());
    }

    /** Whether what came, as it came, is what was signed. */
    private static boolean isSigned(HttpServerRequest request, byte[] body) {
        var headers = request.requestHeaders();
        String authorization = headers.get("authorization", "");
        Matcher names = Pattern.compile(".*SignedHeaders=([^,]*),.*").matcher(authorization);
        if (!names.matches() || !headers.get("x-amz-content-sha256", "").equals(Digests.hex(body))) {
            return false;
        }
        var signed = new TreeMap<String, String>();
        for (String name : names.group(1).split(";")) {
            signed.put(name, headers.get(name, ""));
        }
        String[] target = request.uri().split("\\?", 2);
        var parameters = new TreeMap<String, String>();
        new QueryStringDecoder(request.uri())
                .parameters()
                .forEach((name, values) -> parameters.put(name, values.getFirst()));
        var came = new S3Request(request.method().name(), target[0], parameters, signed, body, Digests.hex(body));
        return (target.length == 1 ? "" : target[1]).equals(came.rawQuery())
                && !headers.contains("transfer-encoding")
                && (headers.contains("content-length")
                        || !request.method().name().startsWith("P"))
                && authorization.equals(new S3Signature(REGION, ACCESS_KEY, SECRET_KEY)
                        .headers(came, headers.get("host", ""), time(headers.get("x-amz-date", "")))
                        .get("authorization"));
    }

    private static Instant time(String text) {
        return Instant.parse(text.replaceFirst("(....)(..)(..)T(..)(..)(..)Z", "$1-$2-$3T$4:$5:$6Z"));
    }

    private static Publisher<Void> error(HttpServerResponse response, int status, String code) {
        response.status(status);
        return xml(
                response,
                "<Error><Code>" + code + "</Code><Message>" + code.toLowerCase(Locale.ROOT) + "</Message></Error>");
    }

    private static Publisher<Void> xml(HttpServerResponse response, String body) {
        return response.header("Content-Type", "application/xml")
                .sendString(Mono.just("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" + body));
    }

    @Override
    public void close() {
        server.disposeNow();
    }
}
