package io.headgate.gateway.registry;

import java.util.List;
import java.util.Map;

/**
 * @param resource as it stands after the write; of a deletion, as it stood before
 * @param shownOnce what will never be shown again, such as a new key's secret
 */
public record WriteResult(
        Outcome outcome, StoredResource resource, Map<String, String> shownOnce, List<String> warnings) {

    public enum Outcome {
        CREATED,
        UPDATED,
        /** The document says what is stored already: no new version. */
        UNCHANGED,
        DELETED
    }
}
