package io.headgate.local;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The commands of the launcher. */
public final class Headgate {

    static final String ISSUER_URL_FILE = "url";

    private static final int DONE = 0;
    private static final int FAILED = 1;
    private static final int MISUSED = 2;
    private static final Duration DOWN_LIMIT = Duration.ofSeconds(60);
    private static final Duration DETACH_LIMIT = Duration.ofMinutes(10);
    private static final String HERE = "--here";

    private final Map<String, String> environment;
    private final PrintStream out;
    private final PrintStream err;

    Headgate(Map<String, String> environment, PrintStream out, PrintStream err) {
        this.environment = environment;
        this.out = out;
        this.err = err;
    }

    public static void main(String[] args) {
        System.exit(new Headgate(System.getenv(), System.out, System.err).run(List.of(args)));
    }

    int run(List<String> arguments) {
        String command = arguments.isEmpty() ? "help" : arguments.getFirst();
        List<String> rest = arguments.isEmpty() ? List.of() : arguments.subList(1, arguments.size());
        try {
            return switch (command) {
                case "up" -> up(rest);
                case "down" -> down(rest);
                case "status" -> status(rest);
                case "start", "stop" -> one(command, rest);
                case "token" -> token(rest);
                default -> throw new UsageException("unknown command '" + command + "'");
            };
        } catch (UsageException e) {
            err.println("headgate: " + e.getMessage() + " (see ./headgate help)");
            return MISUSED;
        } catch (StackException e) {
            err.println("headgate: " + e.getMessage());
            return FAILED;
        } catch (IOException e) {
            err.println("headgate: " + e);
            return FAILED;
        }
    }

    private int up(List<String> arguments) throws IOException {
        Options options = parsed(arguments, Settings.FLAGS, Set.of("--detach", "--fresh", HERE));
        Settings settings = Settings.of(options, environment);
        if (options.has("--detach") && !options.has(HERE)) {
            return detach(settings, arguments);
        }
        new Supervisor(settings, out).run(options.has("--fresh"));
        return DONE;
    }

    /** Starts a supervisor apart from this terminal, and waits until it has everything up or has given up. */
    private int detach(Settings settings, List<String> arguments) throws IOException {
        Path log = settings.places().log("supervisor");
        requireNoOther(settings.places());
        List<String> command = new ArrayList<>(List.of(
                JavaProgram.java().toString(),
                "-XX:+UseSerialGC",
                "-Xmx128m",
                "-cp",
                System.getProperty("java.class.path"),
                Headgate.class.getName(),
                "up",
                HERE));
        command.addAll(arguments);
        Child supervisor = Spawner.spawnDetached(command, environment, log);
        Await.until(
                DETACH_LIMIT,
                "the supervisor answers",
                () -> !supervisor.isAlive() || Control.pid(settings.places()) == supervisor.pid());
        Optional<String> tour = Control.ask(settings.places(), "wait");
        if (tour.isPresent()) {
            out.println(tour.get());
            return DONE;
        }
        Await.holdsWithin(DOWN_LIMIT, () -> !supervisor.isAlive());
        Files.readAllLines(log).stream()
                .dropWhile(line -> !line.startsWith("headgate: "))
                .forEach(err::println);
        err.println("headgate: not started; see " + log);
        return FAILED;
    }

    private static void requireNoOther(Places places) throws IOException {
        var lock = Supervisor.lock(places);
        if (lock.isEmpty()) {
            throw new StackException("a stack runs already in " + places.home() + " (process " + Control.pid(places)
                    + "): see ./headgate status, end it with ./headgate down");
        }
        lock.get().acquiredBy().close();
    }

    private int down(List<String> arguments) throws IOException {
        Places places =
                Settings.of(parsed(arguments, Set.of(), Set.of()), environment).places();
        if (Control.ask(places, "down").isEmpty()) {
            out.println("Nothing is running.");
            return DONE;
        }
        Await.until(DOWN_LIMIT, "the stack is down", () -> isUnlocked(places));
        out.println("Headgate is down.");
        return DONE;
    }

    private static boolean isUnlocked(Places places) {
        try {
            requireNoOther(places);
            return true;
        } catch (StackException | IOException e) {
            return false;
        }
    }

    private int status(List<String> arguments) {
        Options options = parsed(arguments, Set.of(), Set.of("--json"));
        Settings settings = Settings.of(options, environment);
        JsonNode status = Control.ask(settings.places(), "status")
                .map(text -> (JsonNode) JsonMapper.shared().readTree(text))
                .orElseGet(() -> StatusDocument.of(settings, List.of()));
        boolean running = !status.path("parts").isEmpty();
        out.println(options.has("--json") ? status : running ? StatusDocument.table(status) : "Nothing is running.");
        return StatusDocument.isAllUp(status) ? DONE : FAILED;
    }

    private int one(String command, List<String> arguments) {
        Options options = Options.parse(arguments, Set.of(), Set.of());
        if (options.words().size() != 1) {
            throw new UsageException(command + " takes the name of one part");
        }
        Settings settings = Settings.of(options, environment);
        out.println(Control.ask(settings.places(), command, options.words().getFirst())
                .orElseThrow(() -> new StackException("nothing is running: start it with ./headgate up")));
        return DONE;
    }

    private int token(List<String> arguments) throws IOException {
        Options options = parsed(
                arguments,
                Set.of(
                        "--tenant",
                        "--subject",
                        "--roles",
                        "--teams",
                        "--plan",
                        "--scopes",
                        "--ttl",
                        "--audience",
                        "--issuer",
                        "--not-before"),
                Set.of());
        Settings settings = Settings.of(options, environment);
        Path issuer = settings.places().issuer();
        Path url = issuer.resolve(ISSUER_URL_FILE);
        var spec = new TokenSpec(
                options.required("--tenant"),
                options.required("--subject"),
                options.list("--roles"),
                options.list("--teams"),
                options.value("--plan"),
                options.list("--scopes"),
                options.list("--audience"),
                options.value("--issuer"),
                options.duration("--not-before", Duration.ZERO),
                options.duration("--ttl", Duration.ofHours(1)));
        out.println(DemoIssuer.existing(issuer, Files.exists(url) ? Files.readString(url) : settings.issuerUrl())
                .orElseThrow(() -> new StackException("no key to sign with yet: ./headgate up makes one"))
                .sign(spec));
        return DONE;
    }

    private static Options parsed(List<String> arguments, Set<String> withValue, Set<String> switches) {
        Options options = Options.parse(arguments, new HashSet<>(withValue), switches);
        if (!options.words().isEmpty()) {
            throw new UsageException("unexpected '" + options.words().getFirst() + "'");
        }
        return options;
    }
}
