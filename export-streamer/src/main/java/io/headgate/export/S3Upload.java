package io.headgate.export;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * One object on its way up. It begins with its second part: what has no second one is put as a whole. After each answer it
 * goes on where computing does no harm, as the next part is cut and its digest taken there.
 */
final class S3Upload {

    /** Whoever waits for a failure waits that long more at most. */
    private static final Duration CALLING_OFF = Duration.ofSeconds(10);

    private record Sent(int number, String etag) {}

    private final S3Client client;
    private final S3Request target;
    private final List<Sent> sent = new ArrayList<>();
    private volatile Optional<String> id = Optional.empty();

    S3Upload(S3Client client, String path) {
        this.client = client;
        this.target = S3Request.of("POST", path);
    }

    /** One after the other. */
    Mono<Void> add(Parts.Part part) {
        return part.isOnly() ? put(part) : begun().flatMap(upload -> send(upload, part));
    }

    private Mono<Void> put(Parts.Part part) {
        return client.call(to("PUT").sending(part.bytes(), part.sha256())).then();
    }

    private Mono<String> begun() {
        return id.map(Mono::just)
                .orElseGet(() -> client.call(to("POST").with(Map.of("uploads", "")))
                        .handle((answer, begun) -> {
                            try {
                                String told = answer.body().require("UploadId");
                                id = Optional.of(told);
                                begun.next(told);
                            } catch (IOException e) {
                                begun.error(e);
                            }
                        }));
    }

    private Mono<Void> send(String upload, Parts.Part part) {
        return client.call(to("PUT")
                        .with(Map.of("uploadId", upload, "partNumber", Integer.toString(part.number())))
                        .sending(part.bytes(), part.sha256()))
                .publishOn(Schedulers.parallel())
                .doOnNext(answer -> sent.add(new Sent(part.number(), answer.header("etag"))))
                .then();
    }

    /** From here on it is there. */
    Mono<Void> finish(long bytes) {
        return id.map(upload -> complete(upload, bytes)).orElse(Mono.empty());
    }

    private Mono<Void> complete(String upload, long bytes) {
        byte[] body = parts();
        return client.call(to("POST").with(Map.of("uploadId", upload)).sending(body, Digests.hex(body)))
                .then()
                .onErrorResume(
                        S3Failure.class, refused -> refused.isNotThere() ? found(bytes, refused) : Mono.error(refused));
    }

    /** An upload that is not there may be complete: the answer to an attempt before may have got lost. */
    private Mono<Void> found(long bytes, S3Failure refused) {
        return client.call(to("HEAD"))
                .filter(answer -> answer.header("content-length").equals(Long.toString(bytes)))
                .switchIfEmpty(Mono.error(refused))
                .then();
    }

    private byte[] parts() {
        var xml = new Out();
        xml.text("<CompleteMultipartUpload>");
        for (Sent part : sent) {
            String etag = part.etag().replace("&", "&amp;").replace("<", "&lt;");
            xml.text("<Part><PartNumber>" + part.number() + "</PartNumber><ETag>" + etag + "</ETag></Part>");
        }
        xml.text("</CompleteMultipartUpload>");
        return xml.take();
    }

    /** What this does not reach the sweep finds. */
    Mono<Void> callOff() {
        return id.map(upload -> client.call(to("DELETE").with(Map.of("uploadId", upload)))
                        .timeout(CALLING_OFF)
                        .onErrorComplete()
                        .then())
                .orElse(Mono.empty());
    }

    private S3Request to(String method) {
        return S3Request.of(method, target.path());
    }
}
