package io.headgate.gateway.admin;

import io.headgate.api.EventLoops;
import org.reactivestreams.Publisher;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.http.server.reactive.HttpHandler;
import org.springframework.http.server.reactive.HttpHandlerDecoratorFactory;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.http.server.reactive.ServerHttpRequestDecorator;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.http.server.reactive.ServerHttpResponseDecorator;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/**
 * What the admin API and the actuator answer comes from many threads: the store's, those of long work, those that Spring
 * asks for health. Whoever made it, it is read and written where its connection lives, or now and then a connection is
 * never read again. The steps of the edge go there by themselves, each once.
 */
final class HomeboundExchanges implements HttpHandlerDecoratorFactory {

    @Override
    public HttpHandler apply(HttpHandler handler) {
        return (request, response) -> {
            Scheduler home = EventLoops.of(request);
            return handler.handle(new Request(request, home), new Response(response, home))
                    .publishOn(home);
        };
    }

    private static final class Request extends ServerHttpRequestDecorator {

        private final Scheduler home;

        Request(ServerHttpRequest request, Scheduler home) {
            super(request);
            this.home = home;
        }

        @Override
        public Flux<DataBuffer> getBody() {
            return super.getBody().subscribeOn(home);
        }
    }

    /** Only the writing goes home: what is long to make is made where it was. */
    private static final class Response extends ServerHttpResponseDecorator {

        private final Scheduler home;

        Response(ServerHttpResponse response, Scheduler home) {
            super(response);
            this.home = home;
        }

        @Override
        public Mono<Void> writeWith(Publisher<? extends DataBuffer> body) {
            return super.writeWith(
                    body instanceof Mono<? extends DataBuffer> ? goingHome(body).singleOrEmpty() : goingHome(body));
        }

        @Override
        public Mono<Void> writeAndFlushWith(Publisher<? extends Publisher<? extends DataBuffer>> body) {
            return super.writeAndFlushWith(Flux.from(body).map(this::goingHome).publishOn(home));
        }

        /** By the operator that also gives free what was on its way when the client left. */
        private Flux<DataBuffer> goingHome(Publisher<? extends DataBuffer> body) {
            return Flux.<DataBuffer>from(body).publishOn(home);
        }

        @Override
        public Mono<Void> setComplete() {
            return Mono.defer(super::setComplete).subscribeOn(home);
        }
    }
}
