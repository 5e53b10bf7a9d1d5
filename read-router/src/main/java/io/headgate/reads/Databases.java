package io.headgate.reads;

import io.headgate.api.ResourceId;
import io.r2dbc.spi.ConnectionFactory;
import java.util.Optional;

/** The databases of the configuration as they are now, each with connections that are routed over its nodes. */
public interface Databases {

    /** What connections are wanted for; each use has a pool of its own on each node, so that none starves another. */
    enum Use {
        PAGES,
        EXPORTS
    }

    /** Empty where the configuration has no such database, or where it cannot be reached as it is written. */
    Optional<ConnectionFactory> find(ResourceId database, Use use);
}
