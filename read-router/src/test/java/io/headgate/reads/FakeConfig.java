package io.headgate.reads;

import io.headgate.api.ConfigSnapshot;
import io.headgate.api.ConfigView;
import io.headgate.api.LiveConfig;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Serves one view of the revision that a test applied last. */
final class FakeConfig<T> implements LiveConfig {

    private volatile @Nullable T value;

    void apply(ConfigView<T> view, ConfigSnapshot next) {
        value = view.derive(Optional.ofNullable(value), next);
    }

    @Override
    @SuppressWarnings("unchecked") // there is one view only
    public <V> V view(ConfigView<V> view) {
        return (V) Optional.<Object>ofNullable(value).orElseThrow();
    }

    @Override
    public long revision() {
        return 1;
    }

    @Override
    public boolean isServing() {
        return value != null;
    }
}
