package io.headgate.export;

import java.time.Instant;
import org.springframework.core.io.buffer.DataBuffer;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Where the files of exports are kept. A file is there when it is whole, and not before. */
interface JobStorage {

    /** @param location by which the file is found again */
    record Stored(String location, long bytes, String sha256) {}

    /**
     * Writes a file as its content comes, no faster. Where the content errs, or nobody waits for it any more, nothing
     * is left, except what this process cannot clear away any more: {@link #list} has it.
     */
    Mono<Stored> write(StoredName name, Flux<DataBuffer> content);

    /** A part of a file; it errs where there is no such file, and where it ends before the part does. */
    Flux<DataBuffer> read(String location, long from, long length);

    /** Has an effect once; a file that is not there is no error. */
    Mono<Void> delete(String location);

    /** Files from before then, and what was begun before then and is not whole; what is not an export's is left out. */
    Flux<Found> list(Instant before);

    /** @param location for {@link #delete}, which also calls off what is not whole */
    record Found(StoredName name, String location) {}

    Mono<Void> close();
}
