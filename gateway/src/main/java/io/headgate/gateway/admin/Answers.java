package io.headgate.gateway.admin;

import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.springframework.http.CacheControl;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import org.springframework.web.util.UriComponentsBuilder;
import org.yaml.snakeyaml.DumperOptions;
import org.yaml.snakeyaml.Yaml;
import reactor.core.publisher.Mono;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Writes what this API says, as JSON or as the YAML that it also reads, and never for a cache to keep. */
final class Answers {

    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final MediaType YAML = MediaType.valueOf("application/yaml");

    private Answers() {}

    static Mono<ServerResponse> ok(ServerRequest request, JsonNode body) {
        return with(HttpStatus.OK, request, body, Map.of());
    }

    static Mono<ServerResponse> with(
            HttpStatus status, ServerRequest request, JsonNode body, Map<String, String> headers) {
        boolean yaml = wantsYaml(request);
        var response = ServerResponse.status(status)
                .cacheControl(CacheControl.noStore())
                .varyBy(HttpHeaders.ACCEPT)
                .contentType(yaml ? YAML : MediaType.APPLICATION_JSON);
        headers.forEach(response::header);
        return response.bodyValue(yaml ? yaml(body) : JSON.writeValueAsBytes(body));
    }

    static Mono<ServerResponse> empty(HttpStatus status, Map<String, String> headers) {
        var response = ServerResponse.status(status).cacheControl(CacheControl.noStore());
        headers.forEach(response::header);
        return response.build();
    }

    /** @param next where the next page begins; empty on the last */
    static <T> Mono<ServerResponse> page(
            ServerRequest request, int limit, List<T> items, Function<T, ObjectNode> view, Optional<String> next) {
        ObjectNode body = JSON.createObjectNode();
        ArrayNode data = body.putArray("data");
        items.forEach(item -> data.add(view.apply(item)));
        body.putObject("page")
                .put("limit", limit)
                .put("has_more", next.isPresent())
                .put("next_cursor", next.orElse(null))
                .putNull("prev_cursor"); // these lists are walked forwards only
        Map<String, String> links = next.map(cursor -> Map.of(HttpHeaders.LINK, nextLink(request, limit, cursor)))
                .orElse(Map.of());
        return with(HttpStatus.OK, request, body, links);
    }

    private static String nextLink(ServerRequest request, int limit, String cursor) {
        URI next = UriComponentsBuilder.fromPath(request.path())
                .queryParams(request.queryParams())
                .replaceQueryParam("limit", limit)
                .replaceQueryParam("cursor", cursor)
                .encode()
                .build()
                .toUri();
        return "<" + next + ">; rel=\"next\"";
    }

    private static boolean wantsYaml(ServerRequest request) {
        return request.headers().accept().stream()
                .filter(type -> type.isCompatibleWith(MediaType.APPLICATION_JSON) || type.equalsTypeAndSubtype(YAML))
                .findFirst()
                .filter(YAML::equalsTypeAndSubtype)
                .isPresent();
    }

    private static byte[] yaml(JsonNode body) {
        var style = new DumperOptions();
        style.setDefaultFlowStyle(DumperOptions.FlowStyle.BLOCK);
        Object plain = JSON.treeToValue(body, Object.class);
        return new Yaml(style).dump(plain).getBytes(java.nio.charset.StandardCharsets.UTF_8);
    }
}
