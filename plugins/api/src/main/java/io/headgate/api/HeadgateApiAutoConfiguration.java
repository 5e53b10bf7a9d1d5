package io.headgate.api;

import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.context.annotation.Bean;
import reactor.core.Disposable;
import reactor.core.scheduler.Schedulers;

/** What every plugin may rely on, in the gateway as in any Spring Cloud Gateway application. */
@AutoConfiguration
public class HeadgateApiAutoConfiguration {

    @Bean
    @ConditionalOnMissingBean
    Clock clock() {
        return Clock.systemUTC();
    }

    @Bean
    @ConditionalOnMissingBean
    ProblemHandler problemHandler() {
        return new ProblemHandler();
    }

    @Bean
    @ConditionalOnProperty("headgate.keys-dir")
    @ConditionalOnMissingBean(KeyRing.class)
    FileKeyRing keyRing(@Value("${headgate.keys-dir}") Path directory, Clock clock) {
        try {
            return new FileKeyRing(directory, clock);
        } catch (UncheckedIOException e) {
            throw new BadSettingException(
                    "headgate.keys-dir", "'" + directory + "' (expected: a directory that can be read)");
        } catch (IllegalArgumentException e) {
            throw new BadSettingException("headgate.keys-dir", String.valueOf(e.getMessage()));
        }
    }

    /** Takes in keys that were added; reading the disk belongs to the elastic scheduler. */
    @Bean(destroyMethod = "dispose")
    @ConditionalOnProperty("headgate.keys-dir")
    Disposable keyRingReload(FileKeyRing ring, @Value("${headgate.keys-reload-interval:10s}") Duration interval) {
        long millis = interval.toMillis();
        return Schedulers.boundedElastic()
                .schedulePeriodically(ring::reload, millis, millis, java.util.concurrent.TimeUnit.MILLISECONDS);
    }
}
