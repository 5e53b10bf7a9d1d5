package io.headgate.reads;

import io.headgate.reads.Node.Sample;
import java.time.Duration;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/** The way of a cluster's primary, whichever server that is: the timeline it writes, those it came from, and how far it was when. */
final class Course {

    private static final Logger log = LoggerFactory.getLogger(Course.class);

    private final String database;
    private final PositionRing ring;
    private volatile Optional<Lineage> lineage = Optional.empty();

    Course(String database, int remembered) {
        this.database = database;
        this.ring = new PositionRing(remembered);
    }

    /** Empty until a primary was reached. */
    Optional<Lineage> lineage() {
        return lineage;
    }

    /** Completes once what this sample says is known, the history of a new timeline included. */
    Mono<Sample> follow(Probe primary, Sample sample) {
        Reading reading = sample.reading();
        if (lineage.isPresent() && isOn(lineage.get(), reading)) {
            ring.add(sample.askedAt(), reading.lsn());
            return Mono.just(sample);
        }
        return primary.lineage(reading)
                .onErrorResume(e -> Mono.just(untold(reading, e)))
                .doOnNext(next -> turn(next, sample))
                .thenReturn(sample);
    }

    private static boolean isOn(Lineage lineage, Reading reading) {
        return lineage.system() == reading.server().system() && lineage.timeline() == reading.timeline();
    }

    private Lineage untold(Reading reading, Throwable why) {
        log.atWarn()
                .addKeyValue("database", database)
                .addKeyValue("timeline", reading.timeline())
                .addKeyValue("reason", why.getMessage())
                .log("the history of the primary's timeline cannot be read: lost writes cannot be told from others");
        return Lineage.starting(reading.server().system(), reading.timeline());
    }

    private void turn(Lineage next, Sample sample) {
        log.atInfo()
                .addKeyValue("database", database)
                .addKeyValue("timeline", next.timeline())
                .log("following the primary's timeline");
        Optional<Lsn> end = lineage.filter(left -> left.system() == next.system())
                .flatMap(left -> Optional.ofNullable(next.switches().get(left.timeline())));
        end.ifPresentOrElse(ring::cutAfter, ring::clear); // cut, so that not all replicas are out at once
        ring.add(sample.askedAt(), sample.reading().lsn());
        lineage = Optional.of(next);
    }

    Optional<Duration> staleness(Lsn replayed, long now) {
        return ring.staleness(replayed, now);
    }

    Optional<Duration> trail(Lsn replayed) {
        return ring.trail(replayed);
    }
}
