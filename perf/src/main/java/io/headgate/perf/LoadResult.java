package io.headgate.perf;

/**
 * What one run of the generator saw. Latencies are in microseconds; in an open loop they count from the moment at which
 * a request was due, so that a stall shows in every request it held back.
 *
 * @param failed answers that were not 2xx, connections that broke, answers that did not come
 * @param unsent requests of an open loop that were due and had no free connection until the end
 * @param failure the first failure in words, or empty
 * @param generatorCpuMicros what a request cost the generator itself
 */
record LoadResult(
        long requests,
        long failed,
        long unsent,
        String failure,
        double seconds,
        double p50,
        double p90,
        double p99,
        double p999,
        double max,
        double generatorCpuMicros) {

    double throughput() {
        return requests / seconds;
    }

    boolean isGood() {
        return failed == 0 && requests > 0 && unsent <= requests / 100;
    }
}
