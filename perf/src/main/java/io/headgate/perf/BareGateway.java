package io.headgate.perf;

import java.net.URI;
import java.util.List;
import java.util.stream.IntStream;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.cloud.gateway.handler.predicate.PredicateDefinition;
import org.springframework.cloud.gateway.route.RouteDefinition;
import org.springframework.cloud.gateway.route.RouteDefinitionLocator;
import org.springframework.context.annotation.Bean;
import reactor.core.publisher.Flux;

/** Spring Cloud Gateway as it comes, with routes {@code /r/0/**} to {@code /r/N-1/**} in the form its properties give. */
@SpringBootConfiguration(proxyBeanMethods = false)
@EnableAutoConfiguration
class BareGateway {

    /** Arguments: the port, the upstream, the number of routes. */
    static void main(String[] args) {
        Parent.endWithIt();
        SpringApplication.run(
                BareGateway.class,
                "--server.port=" + args[0],
                "--server.address=127.0.0.1",
                "--bench.upstream=" + args[1],
                "--bench.routes=" + args[2],
                "--spring.main.banner-mode=off");
    }

    @Bean
    RouteDefinitionLocator routes(@Value("${bench.upstream}") URI upstream, @Value("${bench.routes}") int routes) {
        List<RouteDefinition> definitions =
                IntStream.range(0, routes).mapToObj(i -> route(upstream, i)).toList();
        return () -> Flux.fromIterable(definitions);
    }

    private static RouteDefinition route(URI upstream, int i) {
        var route = new RouteDefinition();
        route.setId("r" + i);
        route.setUri(upstream);
        route.setPredicates(List.of(new PredicateDefinition("Path=/r/" + i + "/**")));
        return route;
    }
}
