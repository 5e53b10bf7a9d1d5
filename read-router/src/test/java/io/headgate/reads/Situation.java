package io.headgate.reads;

import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import reactor.core.publisher.Sinks;

/** What can happen so that a router that does one thing wrong shows something stale; each tells what of it must not be. */
enum Situation implements Supplier<List<String>> {

    /** Its client wrote what the replica has not replayed. */
    A_REPLICA_TRAILS {
        @Override
        void happen(ArrangedReads reads) {
            var client = reads.client(1);
            client.write("own", 1);
            reads.replay();

            client.write("own", 2);
            client.read("own");
        }
    },

    /** The answer to a first writer's question leaves the primary before a second one commits, and arrives after it. */
    TWO_WRITE_AT_ONCE {
        @Override
        void happen(ArrangedReads reads) {
            var late = Sinks.<Void>empty();
            reads.hold(late.asMono());
            reads.client(1).startToWrite("other", 1);
            reads.replay();
            var second = reads.client(2);
            second.startToWrite("own", 1);
            late.tryEmitEmpty();

            second.read("own");
        }
    },

    /** Its client brings what it was handed of late, and then what it was handed long ago. */
    AN_OLDER_TOKEN_COMES_LAST {
        @Override
        void happen(ArrangedReads reads) {
            var client = reads.client(1);
            client.write("own", 1);
            String older = client.token();
            reads.replay();
            client.write("own", 2);

            client.read("own", client.token(), older);
        }
    },

    /** A replica is promoted that lacks the last write, and more is written since than was lost. */
    A_FAILOVER_LOSES_THE_TAIL {
        @Override
        void happen(ArrangedReads reads) {
            var client = reads.client(1);
            client.write("own", 1);
            long kept = reads.written();
            client.write("own", 2);
            reads.failOver(Map.of("own", 1), kept);
            for (int value = 1; value <= 3; value++) {
                reads.client(2).write("other", value);
            }
            reads.replay();

            client.read("own");
        }
    },

    /** The replica replayed more of the old timeline than was written on the new one yet. */
    A_REPLICA_KEEPS_THE_LOST_TAIL {
        @Override
        void happen(ArrangedReads reads) {
            var client = reads.client(1);
            client.write("own", 1);
            long kept = reads.written();
            reads.client(2).write("other", 1);
            reads.client(2).write("other", 2);
            reads.replay();
            reads.failOver(Map.of("own", 1), kept);

            client.write("own", 2);
            client.read("own");
        }
    },

    /** The replica follows another primary already, which lacks what is still written on the one that is known. */
    A_REPLICA_IS_AHEAD_OF_A_FAILOVER {
        @Override
        void happen(ArrangedReads reads) {
            var client = reads.client(1);
            client.write("own", 1);
            reads.replay();
            reads.follow(2, reads.written() + 1000);

            client.write("own", 2);
            client.read("own");
        }
    },

    /** The primary has not flushed a commit that it has answered; its replica has everything before that. */
    A_COMMIT_IS_NOT_FLUSHED {
        @Override
        public List<String> get() {
            return new UnflushedCommits().get();
        }
    };

    void happen(ArrangedReads reads) {}

    @Override
    public List<String> get() {
        var reads = new ArrangedReads();
        happen(reads);
        return reads.history.violations();
    }
}
