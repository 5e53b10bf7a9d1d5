package io.headgate.export;

import static io.headgate.export.JobsProperties.requireBetween;

import io.headgate.api.BadSettingException;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import java.util.regex.Pattern;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * How a bucket is reached, where files go to one.
 *
 * @param endpoint of a store that speaks S3; empty for that of the region
 * @param sessionToken of keys that have one
 * @param partSize of the first parts of an upload; later ones grow, so that a file of any size fits into the parts that one
 *     may have
 * @param timeout of one request, and how long a download may stand before it is asked for anew
 * @param attempts at one request
 */
record S3Properties(
        @DefaultValue("") String endpoint,
        @DefaultValue("us-east-1") String region,
        @DefaultValue("") String accessKey,
        @DefaultValue("") String secretKey,
        @DefaultValue("") String sessionToken,
        @DefaultValue("8MB") DataSize partSize,
        @DefaultValue("2m") Duration timeout,
        @DefaultValue("4") int attempts) {

    private static final Pattern REGION = Pattern.compile("[a-z0-9-]{1,40}");
    private static final Pattern SCHEME = Pattern.compile("https?");

    S3Properties {
        require("endpoint", withoutSecret(endpoint), endpoint.isEmpty() || isServer(endpoint), "http[s]://host[:port]");
        require("region", region, REGION.matcher(region).matches(), "as eu-central-1");
        requireBetween("s3.part-size", partSize.toBytes(), 5L << 20, 256L << 20);
        requireBetween("s3.timeout", timeout, Duration.ofMillis(100), Duration.ofHours(1));
        requireBetween("s3.attempts", attempts, 1, 20);
    }

    /** What stands before an '@' may be a password, and is not told. */
    private static String withoutSecret(String endpoint) {
        return endpoint.contains("@") ? "..." : endpoint;
    }

    private static boolean isServer(String endpoint) {
        try {
            URI uri = new URI(endpoint);
            return SCHEME.matcher(Optional.ofNullable(uri.getScheme()).orElse(""))
                            .matches()
                    && uri.getHost() != null
                    && uri.getRawUserInfo() == null
                    && uri.getRawQuery() == null
                    && uri.getRawFragment() == null
                    && Optional.ofNullable(uri.getRawPath()).orElse("").isEmpty();
        } catch (java.net.URISyntaxException e) {
            return false;
        }
    }

    /** Asked for where there is a bucket, as nobody else needs them. */
    void requireKeys() {
        require("access-key", accessKey, !accessKey.isBlank(), "the key's id, for storage in s3://");
        require("secret-key", "", !secretKey.isBlank(), "the key, for storage in s3://");
    }

    private static void require(String name, String value, boolean isGood, String expected) {
        if (!isGood) {
            throw new BadSettingException(
                    "headgate.exports.jobs.s3." + name, "'" + value + "' (expected: " + expected + ")");
        }
    }

    /** Without the keys. */
    @Override
    public String toString() {
        return "S3[" + (endpoint.isEmpty() ? region : endpoint) + "]";
    }
}
