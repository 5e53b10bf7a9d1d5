package io.headgate.gateway.registry;

import io.headgate.api.Problem;
import io.headgate.api.ProblemType;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.springframework.util.unit.DataSize;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Reads what people write, strictly: a key that is there twice, an alias, or more than the limits allow is refused
 * where it stands. What both formats can say reads the same in both.
 */
public final class Documents {

    public enum Format {
        JSON,
        YAML
    }

    private final DataSize maxDocument;
    private final DataSize maxBatch;
    private final int maxDepth;
    private final JsonMapper json;

    Documents(DataSize maxDocument, DataSize maxBatch, int maxDepth) {
        this.maxDocument = maxDocument;
        this.maxBatch = maxBatch;
        this.maxDepth = maxDepth;
        this.json = JsonMapper.builder(JsonFactory.builder()
                        .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                        .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
                        .streamReadConstraints(StreamReadConstraints.builder()
                                .maxNestingDepth(maxDepth)
                                .build())
                        .build())
                .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                .build();
    }

    public DataSize maxDocument() {
        return maxDocument;
    }

    public DataSize maxBatch() {
        return maxBatch;
    }

    /** The body of a write: one document. */
    public JsonNode one(byte[] body, Format format) {
        List<JsonNode> documents = read(body, format, maxDocument);
        if (documents.size() != 1) {
            throw malformed(documents.size() + " documents (expected: one)");
        }
        return documents.getFirst();
    }

    /** Any number of documents: in YAML between {@code ---}, in both formats as the elements of a list. */
    public List<JsonNode> all(byte[] body, Format format) {
        return read(body, format, maxBatch).stream()
                .flatMap(node -> node.isArray() ? node.valueStream() : java.util.stream.Stream.of(node))
                .toList();
    }

    /** A document that was stored, and therefore read before. */
    ObjectNode stored(String text) {
        return (ObjectNode) json.readTree(text);
    }

    private List<JsonNode> read(byte[] body, Format format, DataSize max) {
        if (body.length > max.toBytes()) {
            throw Problem.of(
                            ProblemType.BODY_TOO_LARGE,
                            body.length + " bytes (expected: at most " + max.toBytes() + ")")
                    .asException();
        }
        String text = decode(body);
        return switch (format) {
            case JSON -> readJson(text);
            case YAML -> new YamlReader(text, maxDepth).documents();
        };
    }

    private List<JsonNode> readJson(String text) {
        try {
            JsonNode tree = json.readTree(text);
            return tree.isMissingNode() ? List.of() : List.of(tree);
        } catch (JacksonException e) {
            TokenStreamLocation where = e.getLocation();
            throw malformed(
                    where == null
                            ? e.getOriginalMessage()
                            : at(where.getLineNr(), where.getColumnNr(), e.getOriginalMessage()));
        }
    }

    private static String decode(byte[] body) {
        try {
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .onMalformedInput(CodingErrorAction.REPORT)
                    .decode(ByteBuffer.wrap(body))
                    .toString();
            return text.startsWith("\uFEFF") ? text.substring(1) : text;
        } catch (CharacterCodingException e) {
            throw malformed("bytes that are not UTF-8");
        }
    }

    static String at(int line, int column, String what) {
        return "line " + line + ", column " + column + ": " + what;
    }

    static RuntimeException malformed(String detail) {
        return Problem.of(ProblemType.MALFORMED_REQUEST, detail).asException();
    }
}
