package io.headgate.gateway.edge;

import io.headgate.api.PathTemplate;
import io.headgate.api.PathTemplate.AnyOne;
import io.headgate.api.PathTemplate.Literal;
import io.headgate.api.PathTemplate.Segment;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpMethod;

/**
 * Finds the most specific route of a request. A look-up walks host, segments and method, each through a hash table, so
 * that it costs the same beside ten thousand routes as beside one. Immutable: a change copies the path to its place and
 * shares the rest.
 *
 * <p>Among routes without conflicts those that take one request lie each within the next. The walk goes from narrow to
 * wide (host, then literal before variable before open end, then methods), so the first that it finds is the narrowest.
 */
final class RouteIndex<R> {

    /** @param id decides between routes that should not have been let in together, so that every instance decides alike */
    record Entry<R>(RouteMatch match, String id, R route) {}

    private final Table<R> hosts;
    private final Table<R> domains;
    private final Node<R> anyHost;
    private final int size;

    private RouteIndex(Table<R> hosts, Table<R> domains, Node<R> anyHost, int size) {
        this.hosts = hosts;
        this.domains = domains;
        this.anyHost = anyHost;
        this.size = size;
    }

    static <R> RouteIndex<R> empty() {
        return new RouteIndex<>(Table.empty(), Table.empty(), Node.empty(""), 0);
    }

    int size() {
        return size;
    }

    RouteIndex<R> with(Entry<R> entry) {
        return changed(entry, true);
    }

    RouteIndex<R> without(Entry<R> entry) {
        return changed(entry, false);
    }

    /** @param host in lower case, without its port */
    Optional<R> find(String host, HttpMethod method, String path) {
        int first = path.length() > 1 ? 1 : -1;
        for (int from = -1; from < host.length(); ) {
            Node<R> tree = from < 0 ? hosts.find(host, 0, host.length()) : domains.find(host, from, host.length());
            Entry<R> found = tree == null ? null : tree.find(path, first, method);
            if (found != null) {
                return Optional.of(found.route);
            }
            int dot = host.indexOf('.', Math.max(from, 0));
            from = dot < 0 ? host.length() : dot + 1;
        }
        Entry<R> found = anyHost.find(path, first, method);
        return found == null ? Optional.empty() : Optional.of(found.route);
    }

    /** Every route that takes this host and path, by whichever method, the narrowest first. */
    List<Entry<R>> candidates(String host, String path) {
        List<Entry<R>> found = new ArrayList<>();
        int first = path.length() > 1 ? 1 : -1;
        for (int from = -1; from < host.length(); ) {
            Node<R> tree = from < 0 ? hosts.find(host, 0, host.length()) : domains.find(host, from, host.length());
            if (tree != null) {
                tree.collect(path, first, found::add);
            }
            int dot = host.indexOf('.', Math.max(from, 0));
            from = dot < 0 ? host.length() : dot + 1;
        }
        anyHost.collect(path, first, found::add);
        return found;
    }

    /** The methods that some route takes at this host and path; empty where no route is. */
    Set<HttpMethod> methods(String host, String path) {
        Set<HttpMethod> methods = new HashSet<>();
        candidates(host, path).forEach(entry -> methods.addAll(entry.match.methods()));
        return methods;
    }

    private RouteIndex<R> changed(Entry<R> entry, boolean add) {
        String host = entry.match.host();
        int sized = size + (add ? 1 : -1);
        if (host.isEmpty()) {
            return new RouteIndex<>(hosts, domains, anyHost.changed(entry, 0, add), sized);
        }
        if (host.startsWith(RouteMatch.WILDCARD)) {
            String domain = host.substring(RouteMatch.WILDCARD.length());
            return new RouteIndex<>(hosts, changed(domains, domain, entry, 0, add), anyHost, sized);
        }
        return new RouteIndex<>(changed(hosts, host, entry, 0, add), domains, anyHost, sized);
    }

    private static <R> Table<R> changed(Table<R> table, String key, Entry<R> entry, int depth, boolean add) {
        Node<R> before = table.find(key, 0, key.length());
        Node<R> after = (before == null ? Node.<R>empty(key) : before).changed(entry, depth, add);
        return after.isEmpty() ? table.without(key) : table.with(after);
    }

    /** One place in the tree: what ends here, what goes on openly from here, and the segments that may follow. */
    private record Node<R>(
            String key, Table<R> literals, @Nullable Node<R> variable, Methods<R> here, Methods<R> open) {

        static <R> Node<R> empty(String key) {
            return new Node<>(key, Table.empty(), null, Methods.none(), Methods.none());
        }

        boolean isEmpty() {
            return literals.size() == 0 && variable == null && here.isEmpty() && open.isEmpty();
        }

        /** @param from where the next segment begins, or -1 at the path's end */
        @Nullable
        Entry<R> find(String path, int from, HttpMethod method) {
            if (from < 0) {
                Entry<R> found = here.find(method);
                return found != null ? found : open.find(method);
            }
            int slash = path.indexOf('/', from);
            int end = slash < 0 ? path.length() : slash;
            int next = slash < 0 ? -1 : slash + 1;
            Node<R> literal = literals.find(path, from, end);
            Entry<R> found = literal == null ? null : literal.find(path, next, method);
            if (found == null && variable != null && end > from) {
                found = variable.find(path, next, method);
            }
            return found != null ? found : open.find(method);
        }

        void collect(String path, int from, Consumer<Entry<R>> into) {
            if (from < 0) {
                here.forEach(into);
                open.forEach(into);
                return;
            }
            int slash = path.indexOf('/', from);
            int end = slash < 0 ? path.length() : slash;
            int next = slash < 0 ? -1 : slash + 1;
            Node<R> literal = literals.find(path, from, end);
            if (literal != null) {
                literal.collect(path, next, into);
            }
            if (variable != null && end > from) {
                variable.collect(path, next, into);
            }
            open.forEach(into);
        }

        Node<R> changed(Entry<R> entry, int depth, boolean add) {
            PathTemplate path = entry.match.path();
            if (depth == path.segments().size()) {
                return path.openEnded()
                        ? new Node<>(key, literals, variable, here, open.changed(entry, add))
                        : new Node<>(key, literals, variable, here.changed(entry, add), open);
            }
            Segment segment = path.segments().get(depth);
            return switch (segment) {
                case Literal(String value) ->
                    new Node<>(key, RouteIndex.changed(literals, value, entry, depth + 1, add), variable, here, open);
                case AnyOne any -> new Node<>(key, literals, variableChanged(entry, depth + 1, add), here, open);
            };
        }

        private @Nullable Node<R> variableChanged(Entry<R> entry, int depth, boolean add) {
            Node<R> changed = (variable == null ? Node.<R>empty("*") : variable).changed(entry, depth, add);
            return changed.isEmpty() ? null : changed;
        }
    }

    /** The routes of one host and path, told apart by method: fewest methods first, a route that takes all of them last. */
    private record Methods<R>(List<Entry<R>> entries) {

        private static final Methods<?> NONE = new Methods<>(List.of());

        private static int width(Entry<?> entry) {
            int methods = entry.match.methods().size();
            return methods == 0 ? Integer.MAX_VALUE : methods;
        }

        @SuppressWarnings("unchecked")
        static <R> Methods<R> none() {
            return (Methods<R>) NONE;
        }

        boolean isEmpty() {
            return entries.isEmpty();
        }

        @Nullable
        Entry<R> find(HttpMethod method) {
            for (int i = 0; i < entries.size(); i++) {
                if (entries.get(i).match.accepts(method)) {
                    return entries.get(i);
                }
            }
            return null;
        }

        void forEach(Consumer<Entry<R>> consumer) {
            entries.forEach(consumer);
        }

        Methods<R> changed(Entry<R> entry, boolean add) {
            List<Entry<R>> changed = new ArrayList<>(entries);
            changed.removeIf(present -> present.id.equals(entry.id));
            if (add) {
                changed.add(entry);
                changed.sort(Comparator.<Entry<R>>comparingInt(Methods::width).thenComparing(Entry::id));
            }
            return changed.isEmpty() ? none() : new Methods<>(List.copyOf(changed));
        }
    }

    /** An immutable hash table that is asked with a part of a string, so that a look-up makes no substring. */
    private static final class Table<R> {

        private static final Table<?> EMPTY = new Table<Object>(newSlots(2), 0);

        private final @Nullable Node<R>[] slots;
        private final int size;

        private Table(@Nullable Node<R>[] slots, int size) {
            this.slots = slots;
            this.size = size;
        }

        @SuppressWarnings("unchecked")
        static <R> Table<R> empty() {
            return (Table<R>) EMPTY;
        }

        int size() {
            return size;
        }

        @Nullable
        Node<R> find(String text, int from, int end) {
            if (size == 0) {
                return null;
            }
            int mask = slots.length - 1;
            for (int slot = spread(hash(text, from, end)) & mask; ; slot = (slot + 1) & mask) {
                Node<R> node = slots[slot];
                if (node == null || node.key.length() == end - from && text.startsWith(node.key, from)) {
                    return node;
                }
            }
        }

        Table<R> with(Node<R> node) {
            boolean isNew = find(node.key, 0, node.key.length()) == null;
            int sized = isNew ? size + 1 : size;
            @Nullable Node<R>[] copy = sized * 2 > slots.length ? rehashed(slots.length * 2) : slots.clone();
            place(copy, node);
            return new Table<>(copy, sized);
        }

        /** Closes the gap that a node leaves, so that what stands behind it is still found. */
        Table<R> without(String key) {
            if (find(key, 0, key.length()) == null) {
                return this;
            }
            if (size == 1) {
                return empty();
            }
            @Nullable Node<R>[] copy = slots.clone();
            int mask = copy.length - 1;
            int gap = home(key, mask);
            for (Node<R> there = copy[gap]; there != null && !there.key.equals(key); there = copy[gap]) {
                gap = (gap + 1) & mask;
            }
            copy[gap] = null;
            int next = (gap + 1) & mask;
            for (Node<R> there = copy[next]; there != null; there = copy[next]) {
                if (((next - home(there.key, mask)) & mask) >= ((next - gap) & mask)) {
                    copy[gap] = there;
                    copy[next] = null;
                    gap = next;
                }
                next = (next + 1) & mask;
            }
            return new Table<>(copy, size - 1);
        }

        private static int home(String key, int mask) {
            return spread(key.hashCode()) & mask;
        }

        private @Nullable Node<R>[] rehashed(int length) {
            @Nullable Node<R>[] wider = newSlots(length);
            for (Node<R> node : slots) {
                if (node != null) {
                    place(wider, node);
                }
            }
            return wider;
        }

        private static <R> void place(@Nullable Node<R>[] slots, Node<R> node) {
            int mask = slots.length - 1;
            int slot = home(node.key, mask);
            for (Node<R> there = slots[slot]; there != null && !there.key.equals(node.key); there = slots[slot]) {
                slot = (slot + 1) & mask;
            }
            slots[slot] = node;
        }

        @SuppressWarnings("unchecked")
        private static <R> @Nullable Node<R>[] newSlots(int length) {
            return (@Nullable Node<R>[]) new Node<?>[length];
        }

        /** As {@link String#hashCode} of that part. */
        private static int hash(String text, int from, int end) {
            int hash = 0;
            for (int i = from; i < end; i++) {
                hash = 31 * hash + text.charAt(i);
            }
            return hash;
        }

        private static int spread(int hash) {
            return hash ^ hash >>> 16 ^ hash >>> 7;
        }
    }
}
