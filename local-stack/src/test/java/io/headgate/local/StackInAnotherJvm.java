package io.headgate.local;

import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;

/** A program that starts servers, prints their processes, and waits to be killed. */
final class StackInAnotherJvm {

    public static void main(String[] args) throws InterruptedException {
        LocalPostgres primary = LocalPostgres.startPrivate();
        LocalPostgres replica = primary.startReplica("replica-1");
        LocalRedis paused = LocalRedis.startPrivate();
        paused.pause();
        LocalPostgres pausedPostgres = LocalPostgres.startPrivate();
        pausedPostgres.pause();
        LocalKafka kafka = LocalKafka.startPrivate();
        Stream.of(primary, replica, paused, pausedPostgres, kafka)
                .flatMap(part -> part.pid().stream().boxed())
                .flatMap(pid -> ProcessHandle.of(pid).stream())
                .flatMap(process -> Stream.concat(Stream.of(process), process.descendants()))
                .forEach(process -> System.out.println("pid " + process.pid()));
        System.out.println("all");
        new CountDownLatch(1).await();
    }
}
