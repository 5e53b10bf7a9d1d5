package io.headgate.local;

import java.util.Locale;

/** The ports of the stack; each is set by a flag or an environment variable of its own. */
enum StackPort {
    EDGE(8080),
    ADMIN(8081),
    GRPC(9090),
    PRIMARY(5442),
    REPLICA_1(5443),
    REPLICA_2(5444),
    REDIS(6390),
    KAFKA(9192),
    KAFKA_CONTROLLER(9193),
    ISSUER(9180),
    REPORTS(9101),
    REPORTS_REPLICA_1(9102),
    REPORTS_REPLICA_2(9103),
    METRICS(9104);

    /** From one gateway to the next. */
    static final int INSTANCE_STEP = 100;

    private final int standard;

    StackPort(int standard) {
        this.standard = standard;
    }

    int standard() {
        return standard;
    }

    String flag() {
        return "--" + word() + "-port";
    }

    String variable() {
        return "HEADGATE_" + name() + "_PORT";
    }

    String word() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
