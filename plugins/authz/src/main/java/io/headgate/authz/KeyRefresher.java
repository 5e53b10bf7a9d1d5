package io.headgate.authz;

import java.time.Duration;
import java.util.List;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.beans.factory.InitializingBean;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Flux;

/** Fetches every issuer's keys when the application starts, which does not wait for it, and again before they age. */
final class KeyRefresher implements InitializingBean, DisposableBean {

    private final List<IssuerKeys> issuers;
    private final Duration interval;
    private final Disposable.Composite running = Disposables.composite();

    KeyRefresher(List<IssuerKeys> issuers, Duration interval) {
        this.issuers = List.copyOf(issuers);
        this.interval = interval;
    }

    @Override
    public void afterPropertiesSet() {
        for (IssuerKeys keys : issuers) {
            running.add(Flux.interval(Duration.ZERO, interval)
                    .onBackpressureDrop()
                    .filter(tick -> keys.isDue())
                    .concatMap(tick -> keys.refresh(), 1)
                    .subscribe());
        }
    }

    @Override
    public void destroy() {
        running.dispose();
    }
}
