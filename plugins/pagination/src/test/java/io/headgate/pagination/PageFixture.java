package io.headgate.pagination;

import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.OctetSequenceKey;
import io.headgate.api.Caller;
import io.headgate.api.KeyPurpose;
import io.headgate.api.KeyRing;
import io.headgate.api.PathTemplate;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.mock.http.server.reactive.MockServerHttpRequest;
import org.springframework.mock.web.server.MockServerWebExchange;
import org.springframework.util.unit.DataSize;
import tools.jackson.core.JsonPointer;

/** What the tests of pages share: keys, a section, requests. */
final class PageFixture {

    static final PaginationProperties LIMITS = limits(64 * 1024);

    final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    final Keys keys = new Keys("one");
    final Cursors cursors = new Cursors(keys, Clock.systemUTC(), new SecureRandom(), LIMITS.cursorLifetime());

    static PaginationProperties limits(int held) {
        return new PaginationProperties(50, Duration.ofHours(24), DataSize.ofBytes(held), 1_000_000, 64, 512, 2);
    }

    static UpstreamPages upstream(UpstreamDialect dialect) {
        return upstream(dialect, "/items", "/total");
    }

    static UpstreamPages upstream(UpstreamDialect dialect, String items, String total) {
        boolean isCursor = dialect == UpstreamDialect.CURSOR;
        return new UpstreamPages(
                dialect,
                "limit",
                dialect == UpstreamDialect.LINK ? Optional.empty() : Optional.of(PageFilter.word(dialect)),
                JsonPointer.compile(items),
                isCursor || total.isEmpty() ? Optional.empty() : Optional.of(JsonPointer.compile(total)),
                isCursor ? Optional.of(JsonPointer.compile("/next")) : Optional.empty());
    }

    static PaginationSection section(UpstreamPages upstream, PageFormat respond, ClientDialect... more) {
        var accepts = java.util.EnumSet.of(ClientDialect.CURSOR, more);
        return new PaginationSection(accepts, upstream, 200, respond, List.of(PathTemplate.parse("/api/reports")));
    }

    PageFilter filter(PaginationSection section) {
        return new PageFilter(
                new PageFilter.Shared(cursors, new PageMeters(meters, 2), LIMITS), section, "reports/api");
    }

    static MockServerWebExchange get(String uri) {
        return exchange(MockServerHttpRequest.method(
                        org.springframework.http.HttpMethod.GET, java.net.URI.create("http://edge.test" + uri))
                .build());
    }

    static MockServerWebExchange exchange(MockServerHttpRequest request) {
        var exchange = MockServerWebExchange.from(request);
        Caller.KEY.put(exchange, caller("acme", "ana"));
        return exchange;
    }

    static Caller caller(String tenant, String subject) {
        return new Caller(tenant, subject, Set.of(), Optional.empty(), Set.of(), Set.of(), Set.of(), "t", Instant.MAX);
    }

    static String query(ServerHttpRequest request) {
        return String.valueOf(request.getURI().getRawQuery());
    }

    /** Keys by id; the last one seals. */
    static final class Keys implements KeyRing {
        private final List<JWK> ring = new ArrayList<>();

        Keys(String... ids) {
            Arrays.stream(ids).forEach(this::add);
        }

        void add(String id) {
            byte[] secret = new byte[32];
            Arrays.fill(secret, (byte) id.hashCode());
            ring.add(new OctetSequenceKey.Builder(secret).keyID(id).build());
        }

        void remove(String id) {
            ring.removeIf(key -> key.getKeyID().equals(id));
        }

        @Override
        public Optional<JWK> current(KeyPurpose purpose) {
            return purpose == KeyPurpose.CURSOR && !ring.isEmpty() ? Optional.of(ring.getLast()) : Optional.empty();
        }

        @Override
        public Optional<JWK> find(KeyPurpose purpose, String keyId) {
            return all(purpose).stream()
                    .filter(key -> key.getKeyID().equals(keyId))
                    .findFirst();
        }

        @Override
        public List<JWK> all(KeyPurpose purpose) {
            return purpose == KeyPurpose.CURSOR ? ring : List.of();
        }
    }
}
