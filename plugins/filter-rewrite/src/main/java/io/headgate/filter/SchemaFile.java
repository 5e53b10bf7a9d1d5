package io.headgate.filter;

import io.headgate.api.BadSettingException;
import io.headgate.api.ResourceId;
import io.headgate.api.SpecReader;
import io.headgate.api.SpecReader.Outcome;
import java.io.IOException;
import java.io.InputStream;
import java.util.HashMap;
import java.util.Map;
import org.springframework.core.io.Resource;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

/** Schemas from a file, by name, for applications without a registry. */
final class SchemaFile {

    private static final String SETTING = "headgate.filter.schemas";

    private SchemaFile() {}

    static FilterSchemas read(Resource file) {
        Map<ResourceId, FilterSchema> schemas = new HashMap<>();
        document(file).properties().forEach(entry -> {
            switch (SpecReader.read(entry.getValue(), "/" + entry.getKey(), FilterSchema::read)) {
                case Outcome.Valid<FilterSchema>(FilterSchema schema) ->
                    schemas.put(ResourceId.reference(ResourceId.PLATFORM, entry.getKey()), schema);
                case Outcome.Invalid<FilterSchema>(var problems) ->
                    throw new BadSettingException(SETTING, file.getDescription() + " " + problems);
            }
        });
        return id -> java.util.Optional.ofNullable(schemas.get(id));
    }

    private static JsonNode document(Resource file) {
        try (InputStream content = file.getInputStream()) {
            return YAMLMapper.shared().readTree(content);
        } catch (IOException | JacksonException e) {
            throw new BadSettingException(SETTING, file.getDescription() + " (expected: a file of YAML)");
        }
    }
}
