package io.headgate.authz;

import com.cedarpolicy.value.CedarList;
import com.cedarpolicy.value.CedarMap;
import com.cedarpolicy.value.DateTime;
import com.cedarpolicy.value.Decimal;
import com.cedarpolicy.value.IpAddress;
import com.cedarpolicy.value.PrimBool;
import com.cedarpolicy.value.PrimLong;
import com.cedarpolicy.value.PrimString;
import com.cedarpolicy.value.Value;
import io.headgate.authz.PolicySchema.Member;
import io.headgate.authz.PolicySchema.Named;
import io.headgate.authz.PolicySchema.RecordOf;
import io.headgate.authz.PolicySchema.SetOf;
import io.headgate.authz.PolicySchema.Type;
import java.util.Map;
import java.util.Optional;

/** Finds what keeps a question from fitting a schema, so that the service that asks can be told. */
final class Misfits {

    /** @param pointer from where the question stands in its request */
    record Misfit(String pointer, String detail) {}

    private Misfits() {}

    static Optional<Misfit> in(Question question, PolicySchema schema) {
        return attributes("/subject/properties", question.principal(), schema)
                .or(() -> attributes("/resource/properties", question.resource(), schema))
                .or(() -> schema.action(question.action())
                        .flatMap(action -> members("/context", question.context(), action.context())));
    }

    private static Optional<Misfit> attributes(String pointer, PolicyEntity entity, PolicySchema schema) {
        return schema.entity(entity.type()).flatMap(type -> members(pointer, entity.attributes(), type.attributes()));
    }

    private static Optional<Misfit> members(String pointer, Map<?, ?> values, Map<String, Member> declared) {
        return declared.entrySet().stream()
                .flatMap(member -> member(pointer, values, member.getKey(), member.getValue()).stream())
                .findFirst();
    }

    private static Optional<Misfit> member(String pointer, Map<?, ?> values, String name, Member declared) {
        String place = pointer + "/" + EvaluationReader.escaped(name);
        Object value = values.get(name);
        if (value == null) {
            return declared.required()
                    ? Optional.of(new Misfit(place, "missing (expected: " + word(declared.type()) + ")"))
                    : Optional.empty();
        }
        if (declared.type() instanceof RecordOf(Map<String, Member> members) && value instanceof Map<?, ?> inner) {
            return members(place, inner, members);
        }
        return fits(declared.type(), value)
                ? Optional.empty()
                : Optional.of(new Misfit(place, "something else (expected: " + word(declared.type()) + ")"));
    }

    private static boolean fits(Type type, Object value) {
        try {
            return isA(type, CedarValues.as(type, value));
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private static boolean isA(Type type, Value value) {
        return switch (type) {
            case Named(String name) ->
                switch (name) {
                    case "String" -> value instanceof PrimString;
                    case "Long" -> value instanceof PrimLong;
                    case "Bool", "Boolean" -> value instanceof PrimBool;
                    case "decimal" -> value instanceof Decimal;
                    case "ipaddr" -> value instanceof IpAddress;
                    case "datetime" -> value instanceof DateTime;
                    default -> false; // an entity, which no request can name as a value
                };
            case SetOf(Type element) ->
                value instanceof CedarList list && list.stream().allMatch(one -> isA(element, one));
            case RecordOf _ -> value instanceof CedarMap;
        };
    }

    private static String word(Type type) {
        return switch (type) {
            case Named(String name) -> name;
            case SetOf(Type element) -> "a list of " + word(element);
            case RecordOf _ -> "an object";
        };
    }
}
