package io.headgate.export;

import org.springframework.core.io.buffer.DataBuffer;
import reactor.core.publisher.Flux;

/** Turns an order into bytes, as fast as they are asked for. */
interface ExportRunner {

    /**
     * Every row, or an error: the bytes are whole only where the flux completes. A cancel ends the cursor within a fetch.
     *
     * @param tally told of the rows and of where they came from while they flow
     */
    Flux<DataBuffer> run(ExportOrder order, ExportTally tally);

    /** The last attempt of a job, which may take its rows from the primary where the dataset allows it. */
    default Flux<DataBuffer> runLast(ExportOrder order, ExportTally tally) {
        return run(order, tally);
    }
}
