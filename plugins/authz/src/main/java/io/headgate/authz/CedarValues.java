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
import io.headgate.authz.PolicyEntity.Address;
import io.headgate.authz.PolicySchema.Member;
import io.headgate.authz.PolicySchema.Named;
import io.headgate.authz.PolicySchema.RecordOf;
import io.headgate.authz.PolicySchema.SetOf;
import io.headgate.authz.PolicySchema.Type;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;

/** Values of a question as Cedar takes them. What cannot be one ends in an {@link IllegalArgumentException}. */
final class CedarValues {

    private CedarValues() {}

    /** Those that are declared, each as what it is declared as. */
    static Map<String, Value> declared(Map<String, Object> values, Map<String, Member> members) {
        Map<String, Value> cut = new HashMap<>();
        members.forEach((name, member) -> {
            Object value = values.get(name);
            if (value != null) {
                cut.put(name, as(member.type(), value));
            }
        });
        return cut;
    }

    /** All of them, each as what it looks like. */
    static Map<String, Value> natural(Map<String, Object> values) {
        Map<String, Value> all = new HashMap<>();
        values.forEach((name, value) -> all.put(name, natural(value)));
        return all;
    }

    /** One value as what it is declared as. */
    static Value as(Type type, Object value) {
        return switch (type) {
            case Named(String name) -> named(name, value);
            case SetOf(Type element)
            when value instanceof Collection<?> values ->
                new CedarList(values.stream().map(one -> as(element, one)).toList());
            case SetOf _ -> natural(value);
            case RecordOf(Map<String, Member> members)
            when value instanceof Map<?, ?> values -> new CedarMap(declared(texts(values), members));
            case RecordOf _ -> natural(value);
        };
    }

    private static Value named(String type, Object value) {
        return switch (value) {
            case String text when type.equals("ipaddr") -> new IpAddress(text);
            case String text when type.equals("datetime") -> new DateTime(text);
            case String text when type.equals("decimal") -> new Decimal(text);
            case Long number when type.equals("decimal") -> decimal(BigDecimal.valueOf(number));
            case Instant time when type.equals("Long") -> new PrimLong(time.toEpochMilli());
            case Instant time when type.equals("String") -> new PrimString(seconds(time));
            case Address(String text) when type.equals("String") -> new PrimString(text);
            default -> natural(value);
        };
    }

    private static Value natural(Object value) {
        return switch (value) {
            case String text -> new PrimString(text);
            case Boolean truth -> new PrimBool(truth);
            case Byte number -> new PrimLong(number);
            case Short number -> new PrimLong(number);
            case Integer number -> new PrimLong(number);
            case Long number -> new PrimLong(number);
            case BigDecimal number -> decimal(number);
            case Instant time -> new DateTime(seconds(time));
            case Address(String text) -> new IpAddress(text);
            case Collection<?> values ->
                new CedarList(values.stream().map(CedarValues::natural).toList());
            case Map<?, ?> values -> new CedarMap(natural(texts(values)));
            default ->
                throw new IllegalArgumentException(
                        value.getClass().getSimpleName() + " (expected: a value that policies know)");
        };
    }

    private static Decimal decimal(BigDecimal number) {
        return new Decimal(number.setScale(Math.max(1, number.scale())).toPlainString());
    }

    private static String seconds(Instant time) {
        return time.truncatedTo(ChronoUnit.SECONDS).toString();
    }

    private static Map<String, Object> texts(Map<?, ?> values) {
        Map<String, Object> named = new HashMap<>();
        values.forEach((name, value) -> named.put(String.valueOf(name), value));
        return named;
    }
}
