package io.headgate.local;

import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.util.Map;

/** A part that says over HTTP whether it serves. */
final class HttpPart extends Part {

    private static final int TIMEOUT_MILLIS = 1_000;

    /** Makes what the part needs, and says what to run. */
    interface Preparation {
        Launch prepare() throws IOException;
    }

    private final String kind;
    private final String readyUrl;
    private final Map<String, Object> details;
    private final Preparation preparation;

    HttpPart(
            String name, String kind, int port, String readyUrl, Map<String, Object> details, Preparation preparation) {
        super(name, port);
        this.kind = kind;
        this.readyUrl = readyUrl;
        this.details = details;
        this.preparation = preparation;
    }

    @Override
    String kind() {
        return kind;
    }

    @Override
    Map<String, Object> details() {
        return details;
    }

    @Override
    Launch prepare() throws IOException {
        return preparation.prepare();
    }

    @Override
    boolean isReady() {
        try {
            var connection = (HttpURLConnection) URI.create(readyUrl).toURL().openConnection();
            connection.setConnectTimeout(TIMEOUT_MILLIS);
            connection.setReadTimeout(TIMEOUT_MILLIS);
            try {
                return connection.getResponseCode() == 200;
            } finally {
                connection.disconnect();
            }
        } catch (IOException e) {
            return false;
        }
    }
}
