package io.headgate.gateway.registry;

import io.headgate.api.ConfigKind;
import io.headgate.api.ConfigSnapshot;
import io.headgate.api.Resource;
import io.headgate.api.ResourceId;
import io.headgate.api.SpecProblem;
import io.headgate.api.SpecReader;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * The registry at one revision, as this instance knows it: every row, and what of it can be read. Immutable; a later
 * head shares what did not change. A row that cannot be read is kept beside the others with the reason.
 */
final class Head implements ConfigSnapshot {

    private static final Logger log = LoggerFactory.getLogger(Head.class);
    static final UUID NO_STORE = new UUID(0, 0);

    private final Kinds kinds;
    private final Documents documents;
    private final UUID store;
    private final long revision;
    private final Shards<Key, Row> rows;
    private final Map<String, Shards<ResourceId, Resource<?>>> readable;
    private final Map<Key, String> broken;

    private Head(
            Kinds kinds,
            Documents documents,
            UUID store,
            long revision,
            Shards<Key, Row> rows,
            Map<String, Shards<ResourceId, Resource<?>>> readable,
            Map<Key, String> broken) {
        this.kinds = kinds;
        this.documents = documents;
        this.store = store;
        this.revision = revision;
        this.rows = rows;
        this.readable = readable;
        this.broken = broken;
    }

    static Head empty(Kinds kinds, Documents documents) {
        return new Head(kinds, documents, NO_STORE, 0, Shards.empty(), Map.of(), Map.of());
    }

    UUID store() {
        return store;
    }

    @Override
    public long revision() {
        return revision;
    }

    Kinds kinds() {
        return kinds;
    }

    Optional<Row> row(Key key) {
        return rows.find(key);
    }

    Collection<Row> rows() {
        return rows.values();
    }

    /** What had to be left out, and why. */
    Map<Key, String> broken() {
        return broken;
    }

    Optional<Resource<?>> resource(Key key) {
        return shelf(key.kind()).find(key.id());
    }

    @Override
    public <S> Optional<Resource<S>> find(Class<S> specType, ResourceId id) {
        return kinds.ofType(specType)
                .flatMap(kind -> shelf(kind.kind()).find(id))
                .map(Head::typed);
    }

    @Override
    public <S> Collection<Resource<S>> all(Class<S> specType) {
        Collection<Resource<?>> all =
                kinds.ofType(specType).map(kind -> shelf(kind.kind()).values()).orElse(List.of());
        return typed(all);
    }

    @Override
    public Collection<ResourceId> unreadable(Class<?> specType) {
        return kinds.ofType(specType).stream()
                .flatMap(kind ->
                        broken.keySet().stream().filter(key -> key.kind().equals(kind.kind())))
                .map(Key::id)
                .toList();
    }

    /** This head after later changes, in the order of their revisions. */
    Head plus(UUID changedStore, long newest, Collection<Row> changes) {
        Head next = this;
        for (Row row : changes) {
            next = row.isDeletion() ? next.without(row.key()) : next.with(row, read(row));
        }
        return next.at(changedStore, newest);
    }

    /** This head after a change that was just accepted; what was read for the review is not read again. */
    Head after(Verdict.Accepted accepted, Row row) {
        return accepted.resource()
                .map(resource -> with(row, new Reading.Read(resource)))
                .orElseGet(() -> without(row.key()))
                .at(store, row.revision());
    }

    Head at(UUID atStore, long atRevision) {
        return new Head(kinds, documents, atStore, atRevision, rows, readable, broken);
    }

    Head with(Row row, Reading reading) {
        Key key = row.key();
        return switch (reading) {
            case Reading.Read(Resource<?> resource) -> {
                var shelves = new HashMap<>(readable);
                shelves.put(row.kind(), shelf(row.kind()).with(row.id(), resource));
                yield new Head(kinds, documents, store, revision, rows.with(key, row), shelves, mended(key));
            }
            case Reading.Broken(String reason) -> {
                log.atError()
                        .addKeyValue("resource", key)
                        .addKeyValue("version", row.version())
                        .addKeyValue("reason", reason)
                        .log("resource left out, it cannot be read");
                Head without = without(key);
                Map<Key, String> reasons = new TreeMap<>(without.broken);
                reasons.put(key, reason);
                yield new Head(kinds, documents, store, revision, rows.with(key, row), without.readable, reasons);
            }
        };
    }

    Head without(Key key) {
        if (!rows.has(key)) {
            return this;
        }
        var shelves = new HashMap<>(readable);
        shelves.put(key.kind(), shelf(key.kind()).without(key.id()));
        return new Head(kinds, documents, store, revision, rows.without(key), shelves, mended(key));
    }

    /** This head with nothing of a kind but perhaps one resource: enough to ask whether that one is missed. */
    Head withOnly(String kind, Key kept) {
        var shelves = new HashMap<>(readable);
        Shards<ResourceId, Resource<?>> shelf = Shards.empty();
        if (kept.kind().equals(kind)) {
            shelf = shelf(kind)
                    .find(kept.id())
                    .map(one -> Shards.<ResourceId, Resource<?>>empty().with(kept.id(), one))
                    .orElse(shelf);
        }
        shelves.put(kind, shelf);
        return new Head(kinds, documents, store, revision, rows, shelves, broken);
    }

    /** What a row says to the kind that owns it. */
    sealed interface Reading {
        record Read(Resource<?> resource) implements Reading {}

        record Broken(String reason) implements Reading {}
    }

    private Reading read(Row row) {
        Optional<ConfigKind<?>> kind = kinds.ofKind(row.kind());
        if (kind.isEmpty()) {
            return new Reading.Broken("no module of this build brings the kind " + row.kind());
        }
        try {
            return read(kind.get(), row);
        } catch (RuntimeException e) { // a kind that fails must not hold up the others
            return new Reading.Broken("the kind failed: " + e);
        }
    }

    private <S> Reading read(ConfigKind<S> kind, Row row) {
        ObjectNode spec = documents.stored(row.spec().orElseThrow());
        return switch (SpecReader.read(spec, "/spec", reader -> kind.read(reader, row.id()))) {
            case SpecReader.Outcome.Valid<S>(S value) ->
                new Reading.Read(new Resource<>(row.kind(), row.id(), row.version(), row.origin(), value));
            case SpecReader.Outcome.Invalid<S>(List<SpecProblem> problems) ->
                new Reading.Broken(problems.stream()
                        .map(problem -> problem.pointer() + ": " + problem.detail())
                        .collect(Collectors.joining("; ")));
        };
    }

    private Shards<ResourceId, Resource<?>> shelf(String kind) {
        return readable.getOrDefault(kind, Shards.empty());
    }

    private Map<Key, String> mended(Key key) {
        if (!broken.containsKey(key)) {
            return broken;
        }
        var rest = new TreeMap<>(broken);
        rest.remove(key);
        return rest;
    }

    @SuppressWarnings("unchecked") // a shelf holds what its kind has read, and a kind has one spec type
    private static <S> Resource<S> typed(Resource<?> resource) {
        return (Resource<S>) resource;
    }

    @SuppressWarnings("unchecked")
    private static <S> Collection<Resource<S>> typed(Collection<Resource<?>> resources) {
        return (Collection<Resource<S>>) (Collection<?>) resources;
    }
}
