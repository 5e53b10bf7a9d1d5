package io.headgate.ratelimit;

import io.headgate.api.ResourceId;
import io.headgate.ratelimit.LimitDecision.Share;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.springframework.http.HttpHeaders;

/** Tells a client where it stands: structured fields, whose names can hold nothing that would need an escape. */
final class LimitHeaders {

    static final String POLICY = "RateLimit-Policy";
    static final String LIMIT = "RateLimit";

    private LimitHeaders() {}

    static void write(List<Share> shares, HttpHeaders headers) {
        if (shares.isEmpty()) {
            return;
        }
        var policies = new StringBuilder();
        var limits = new StringBuilder();
        Set<String> names = new HashSet<>();
        for (Share share : shares) {
            String name = names.add(share.limit().name()) ? share.limit().name() : qualified(share.limit());
            item(policies, name)
                    .append(";q=")
                    .append(share.quota().quota())
                    .append(";w=")
                    .append(share.quota().seconds());
            item(limits, name)
                    .append(";r=")
                    .append(share.remaining())
                    .append(";t=")
                    .append(share.seconds());
        }
        headers.set(POLICY, policies.toString());
        headers.set(LIMIT, limits.toString());
    }

    /** Where two limits of different teams have one name. */
    private static String qualified(ResourceId limit) {
        return limit.team() + "/" + limit.name();
    }

    private static StringBuilder item(StringBuilder list, String name) {
        return list.append(list.isEmpty() ? "\"" : ", \"").append(name).append('"');
    }
}
