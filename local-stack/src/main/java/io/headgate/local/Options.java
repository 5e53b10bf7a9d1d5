package io.headgate.local;

import java.time.DateTimeException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** The flags and words behind a command. */
record Options(Map<String, String> flags, List<String> words) {

    private static final Pattern DURATION = Pattern.compile("(-?)(\\d{1,9})([smhd])");

    /** @param withValue flags that take a value, as {@code --name value} or {@code --name=value} */
    static Options parse(List<String> arguments, Set<String> withValue, Set<String> switches) {
        Map<String, String> flags = new HashMap<>();
        List<String> words = new ArrayList<>();
        var rest = arguments.iterator();
        while (rest.hasNext()) {
            String argument = rest.next();
            int equals = argument.indexOf('=');
            String flag = equals < 0 ? argument : argument.substring(0, equals);
            if (!argument.startsWith("-")) {
                words.add(argument);
            } else if (switches.contains(argument)) {
                flags.put(argument, "");
            } else if (!withValue.contains(flag)) {
                throw new UsageException("unknown flag " + flag);
            } else if (equals < 0 && !rest.hasNext()) {
                throw new UsageException(flag + " needs a value");
            } else {
                flags.put(flag, equals < 0 ? rest.next() : argument.substring(equals + 1));
            }
        }
        return new Options(flags, words);
    }

    boolean has(String flag) {
        return flags.containsKey(flag);
    }

    Optional<String> value(String flag) {
        return Optional.ofNullable(flags.get(flag));
    }

    String required(String flag) {
        return value(flag)
                .filter(value -> !value.isBlank())
                .orElseThrow(() -> new UsageException(flag + " is missing"));
    }

    List<String> list(String flag) {
        return value(flag).stream()
                .flatMap(value -> List.of(value.split(",")).stream())
                .map(String::strip)
                .filter(item -> !item.isEmpty())
                .toList();
    }

    Duration duration(String flag, Duration otherwise) {
        return value(flag).map(text -> parseDuration(flag, text)).orElse(otherwise);
    }

    static long number(String name, String text, long min, long max) {
        try {
            long value = Long.parseLong(text.strip());
            if (value >= min && value <= max) {
                return value;
            }
        } catch (NumberFormatException e) {
            throw new UsageException(name + ": '" + text + "' (expected: a number, " + min + ".." + max + ")");
        }
        throw new UsageException(name + ": " + text + " (expected: " + min + ".." + max + ")");
    }

    private static Duration parseDuration(String name, String text) {
        var match = DURATION.matcher(text);
        if (!match.matches()) {
            throw new UsageException(name + ": '" + text + "' (expected: a time such as 90s, 15m, 1h or 7d)");
        }
        try {
            long number = Long.parseLong(match.group(1) + match.group(2));
            return switch (match.group(3)) {
                case "s" -> Duration.ofSeconds(number);
                case "m" -> Duration.ofMinutes(number);
                case "h" -> Duration.ofHours(number);
                default -> Duration.ofDays(number);
            };
        } catch (DateTimeException | ArithmeticException e) {
            throw new UsageException(name + ": '" + text + "' is too long");
        }
    }
}
