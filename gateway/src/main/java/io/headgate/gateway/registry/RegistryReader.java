package io.headgate.gateway.registry;

import io.headgate.api.ConfigKind;
import io.headgate.api.Problem;
import io.headgate.api.ProblemException;
import io.headgate.api.ProblemType;
import io.headgate.api.ResourceId;
import java.util.List;
import java.util.Optional;
import reactor.core.publisher.Mono;
import tools.jackson.databind.node.ObjectNode;

/** What is stored, as it may be shown. */
final class RegistryReader {

    private final Kinds kinds;
    private final Documents documents;
    private final Store store;

    RegistryReader(Kinds kinds, Documents documents, Store store) {
        this.kinds = kinds;
        this.documents = documents;
        this.store = store;
    }

    Mono<StoredResource> find(ConfigKind<?> kind, ResourceId id) {
        var key = new Key(kind.kind(), id);
        return store.find(key).map(this::shown).switchIfEmpty(Mono.error(() -> notFound(key)));
    }

    Mono<ListPage> list(ListRequest request) {
        return store.list(request.kind().kind(), request.team(), request.after(), request.limit() + 1)
                .map(rows -> {
                    List<StoredResource> items = rows.stream()
                            .limit(request.limit())
                            .map(this::shown)
                            .toList();
                    return new ListPage(
                            items,
                            rows.size() > request.limit()
                                    ? Optional.of(items.getLast().id())
                                    : Optional.empty());
                });
    }

    Mono<VersionPage> versions(VersionsRequest request) {
        var key = new Key(request.kind().kind(), request.id());
        return store.versions(key, request.before().orElse(Long.MAX_VALUE), request.limit() + 1)
                .map(rows -> {
                    if (rows.isEmpty() && request.before().isEmpty()) {
                        throw notFound(key);
                    }
                    List<VersionPage.Entry> items = rows.stream()
                            .limit(request.limit())
                            .map(row -> entry(request.kind(), row))
                            .toList();
                    return new VersionPage(
                            items,
                            rows.size() > request.limit()
                                    ? Optional.of(items.getLast().version())
                                    : Optional.empty());
                });
    }

    StoredResource shown(Row row) {
        ObjectNode spec = documents.stored(row.spec().orElse("{}"));
        return new StoredResource(
                row.kind(),
                row.id(),
                row.version(),
                row.revision(),
                row.origin(),
                row.changedAt(),
                row.changedBy(),
                kinds.ofKind(row.kind()).map(kind -> kind.redact(spec)).orElse(spec));
    }

    private VersionPage.Entry entry(ConfigKind<?> kind, Row row) {
        return new VersionPage.Entry(
                row.version(),
                row.revision(),
                row.origin(),
                row.changedAt(),
                row.changedBy(),
                row.spec().map(documents::stored).map(kind::redact));
    }

    private static ProblemException notFound(Key key) {
        return Problem.of(ProblemType.NOT_FOUND, "There is no " + key + ".").asException();
    }
}
