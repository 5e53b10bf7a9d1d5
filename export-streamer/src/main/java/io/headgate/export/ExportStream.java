package io.headgate.export;

import io.headgate.api.EdgeService;
import io.headgate.api.EventLoops;
import io.headgate.api.PathTemplate;
import io.headgate.api.Problem;
import io.headgate.api.ProblemException;
import io.headgate.api.ProblemType;
import io.headgate.api.ResourceId;
import io.headgate.api.RouteInfo;
import io.headgate.api.SpecProblem;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferLimitException;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.MediaType;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

/** Serves an export as the answer to the request that asks for it. */
final class ExportStream implements EdgeService {

    private static final RouteInfo ROUTE = new RouteInfo(
            new ResourceId(ResourceId.PLATFORM, "exports-stream"),
            Optional.empty(),
            PathTemplate.parse("/api/v1/exports/stream"),
            Set.of(HttpMethod.GET, HttpMethod.POST));

    private final ExportOrders orders;
    private final Delivery.Tools delivery;
    private final int maxBody;

    ExportStream(ExportOrders orders, Delivery.Tools delivery, int maxBody) {
        this.orders = orders;
        this.delivery = delivery;
        this.maxBody = maxBody;
    }

    @Override
    public RouteInfo route() {
        return ROUTE;
    }

    @Override
    public Mono<Void> serve(ServerWebExchange exchange) {
        boolean gzip = acceptsGzip(exchange.getRequest().getHeaders());
        return Mono.defer(() -> form(exchange))
                .flatMap(form -> orders.order(form, gzip, exchange))
                .publishOn(EventLoops.of(exchange.getRequest()))
                .flatMap(order -> new Delivery(delivery, order, exchange).send());
    }

    private Mono<ExportForm> form(ServerWebExchange exchange) {
        ServerHttpRequest request = exchange.getRequest();
        String rawQuery = request.getURI().getRawQuery();
        if (request.getMethod() == HttpMethod.GET) {
            return Mono.fromSupplier(() -> ofUrl(request, rawQuery));
        }
        if (request.getMethod() != HttpMethod.POST) {
            return Mono.error(new Problem.MethodNotAllowed(ROUTE.methods()).asException());
        }
        if (rawQuery != null && !rawQuery.isEmpty()) {
            return Mono.error(invalid("parameters in the URL beside a body (expected: one of them)"));
        }
        return body(request).map(ExportForm::ofBody);
    }

    private static ExportForm ofUrl(ServerHttpRequest request, @org.jspecify.annotations.Nullable String rawQuery) {
        try {
            return ExportForm.ofUrl(request.getQueryParams(), rawQuery);
        } catch (IllegalArgumentException e) {
            throw invalid("not readable (expected: UTF-8, and two hexadecimal digits behind '%')");
        }
    }

    private Mono<byte[]> body(ServerHttpRequest request) {
        if (!isJson(request.getHeaders())) {
            return Mono.error(Problem.of(
                            ProblemType.UNSUPPORTED_MEDIA_TYPE,
                            "An order is read as application/json in UTF-8, without an encoding of the content.")
                    .asException());
        }
        return DataBufferUtils.join(request.getBody(), maxBody)
                .map(ExportStream::bytes)
                .defaultIfEmpty(new byte[0])
                .onErrorMap(
                        DataBufferLimitException.class,
                        _ -> Problem.of(ProblemType.BODY_TOO_LARGE, "An order has at most " + maxBody + " bytes.")
                                .asException());
    }

    private static byte[] bytes(DataBuffer body) {
        byte[] bytes = new byte[body.readableByteCount()];
        body.read(bytes);
        DataBufferUtils.release(body);
        return bytes;
    }

    private static boolean isJson(HttpHeaders headers) {
        try {
            MediaType type = headers.getContentType();
            return type != null
                    && type.isCompatibleWith(MediaType.APPLICATION_JSON)
                    && !headers.containsHeader(HttpHeaders.CONTENT_ENCODING);
        } catch (org.springframework.http.InvalidMediaTypeException e) {
            return false;
        }
    }

    /** Only where it is named: a client that takes anything may be one that stores what it gets. */
    static boolean acceptsGzip(HttpHeaders headers) {
        for (String value : headers.getOrEmpty(HttpHeaders.ACCEPT_ENCODING)) {
            for (String coding : value.split(",", -1)) {
                String[] parts = coding.split(";", -1);
                if (parts[0].strip().equalsIgnoreCase("gzip")) {
                    return parts.length == 1 || !parts[1].strip().matches("q=0(\\.0{0,3})?");
                }
            }
        }
        return false;
    }

    private static ProblemException invalid(String detail) {
        return new Problem.InvalidQuery(List.of(new SpecProblem("", detail))).asException();
    }
}
