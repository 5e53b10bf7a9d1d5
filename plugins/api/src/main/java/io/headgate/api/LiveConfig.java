package io.headgate.api;

/** The views of the revision that this instance serves now. */
public interface LiveConfig {

    /** One volatile read; never blocks. */
    <V> V view(ConfigView<V> view);

    long revision();

    /** Whether any configuration was applied yet; until then nothing is known about any route. */
    boolean isServing();
}
