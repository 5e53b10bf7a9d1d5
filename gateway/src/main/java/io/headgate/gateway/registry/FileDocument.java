package io.headgate.gateway.registry;

import io.headgate.api.ConfigKind;

/**
 * A resource as the configuration directory says it.
 *
 * @param place the file below the directory, with the document's number where there are several
 */
record FileDocument(String place, ConfigKind<?> kind, Envelope envelope) {

    Key key() {
        return new Key(kind.kind(), envelope.id());
    }
}
