package io.headgate.gateway.upstream;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.net.InetAddress;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.ssl.SslBundle;
import org.springframework.boot.ssl.SslBundles;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;
import reactor.netty.http.HttpResources;

@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(UpstreamProperties.class)
class UpstreamConfiguration {

    @Bean
    Upstreams upstreams(UpstreamProperties properties, Environment environment, SslBundles bundles) {
        var special = new SpecialAddresses(
                properties.allowLoopback(), allowed(properties), port -> isInternal(port, environment));
        Optional<SslBundle> tls = Optional.of(properties.sslBundle())
                .filter(name -> !name.isEmpty())
                .map(bundles::getBundle);
        return Upstreams.create(properties, HttpResources.get(), special, tls);
    }

    @Bean
    MeterBinder canaryMeters(Upstreams upstreams) {
        return meters -> Gauge.builder("headgate.canaries.given.up", upstreams, Upstreams::canariesGivenUp)
                .description("routes whose canary failed more often than it may, so that it gets no requests")
                .register(meters);
    }

    private static boolean isInternal(int port, Environment environment) {
        return port == managementPort(environment)
                || port == environment.getProperty("spring.grpc.server.port", Integer.class, 0);
    }

    private static int managementPort(Environment environment) {
        int chosen = environment.getProperty("management.server.port", Integer.class, 0);
        return environment.getProperty("local.management.port", Integer.class, chosen);
    }

    private static Set<InetAddress> allowed(UpstreamProperties properties) {
        return properties.allowedSpecialAddresses().stream()
                .map(UpstreamConfiguration::literal)
                .collect(Collectors.toSet());
    }

    private static InetAddress literal(String text) {
        try {
            return InetAddress.ofLiteral(text);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "headgate.upstream.allowed-special-addresses: '" + text + "' (expected: an IP address)", e);
        }
    }
}
