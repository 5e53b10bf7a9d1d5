package io.headgate.reads;

import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import javax.tools.ToolProvider;

/** This module's own source, changed in one thing that must not be wrong. */
enum Mutant {
    TOKENS_ARE_IGNORED(
            "Placement",
            new Edit("need.level() == Consistency.SESSION ? cluster.demand(need.seen()) : ANYTHING", "ANYTHING")),

    POSITION_IS_TAKEN_BEFORE_THE_ANSWER(
            "RoutedWrite",
            new Edit(
                    "return Answer.of(request.passOn(), request.exchange())",
                    "return captured().flatMap(early -> Answer.of(request.passOn(), request.exchange())"),
            new Edit(
                    ".flatMap(answer -> request.backHome(wrote(said, answer)).flatMap(seen -> end(seen, answer)))",
                    ".flatMap(answer -> end(early, answer)))")),

    POSITION_IS_TAKEN_BEFORE_COMMIT(
            "WriteConnection",
            new Edit(
                    "return Mono.from(super.commitTransaction())",
                    "return captured().then(Mono.defer(() -> Mono.from(super.commitTransaction())))"),
            new Edit(".then(captured())", "")),

    WRITE_POSITION_IS_TAKEN_FOR_THE_INSERT_POSITION(
            "PostgresProbe", new Edit("ELSE pg_current_wal_insert_lsn() END", "ELSE pg_current_wal_lsn() END")),

    CAPTURE_IN_FLIGHT_IS_JOINED(
            "Rounds",
            new Edit("if (underWay) {", "gathering = mine; if (underWay) {"),
            new Edit("next = gathering;", "next = null;")),

    LAST_TOKEN_WINS("Seen", new Edit("Lsn.max(lsn, other.lsn)", "other.lsn")),

    TIMELINE_IS_IGNORED_IN_TOKENS("Demand", new Edit("history.judge(position)", "Lineage.Judgement.HELD")),

    LEFT_TIMELINE_IS_IGNORED_IN_REPLICAS(
            "Cluster", new Edit("lineage.get().judge(reading.position()) == Lineage.Judgement.LOST", "false")),

    NEXT_TIMELINE_IS_IGNORED_IN_REPLICAS("Cluster", new Edit("reading.timeline() > lineage.get().timeline()", "false"));

    private record Edit(String is, String becomes) {}

    private static final Path SOURCES = Path.of("src/main/java/io/headgate/reads");

    private final String type;
    private final List<Edit> edits;

    Mutant(String type, Edit... edits) {
        this.type = type;
        this.edits = List.of(edits);
    }

    /** What clients of this one see there. */
    List<String> violationsWhen(Situation situation, Path scratch) throws IOException {
        compileInto(scratch);
        try (var changed = new Changed(scratch)) {
            return changed.of(situation).get();
        }
    }

    private void compileInto(Path scratch) throws IOException {
        String source = Files.readString(SOURCES.resolve(type + ".java"));
        for (Edit edit : edits) {
            if (source.split(Pattern.quote(edit.is()), -1).length != 2) {
                throw new IllegalStateException(type + ": '" + edit.is() + "' (expected: once)");
            }
            source = source.replace(edit.is(), edit.becomes());
        }
        Path file = Files.writeString(scratch.resolve(type + ".java"), source);
        var said = new StringWriter();
        var compiler = ToolProvider.getSystemJavaCompiler();
        try (var files = compiler.getStandardFileManager(null, null, null)) {
            var options = List.of("-proc:none", "-d", scratch.toString());
            if (!compiler.getTask(said, files, null, options, null, files.getJavaFileObjects(file))
                    .call()) {
                throw new IllegalStateException(name() + ": " + said);
            }
        }
    }

    /** All of the package once more, with what was compiled anew in its place. */
    private static final class Changed extends URLClassLoader {

        Changed(Path scratch) {
            super(
                    new URL[] {urlOf(scratch), placeOf(Mutant.class), placeOf(Cluster.class)},
                    Mutant.class.getClassLoader());
        }

        @SuppressWarnings("unchecked")
        Supplier<List<String>> of(Situation situation) {
            try {
                Object[] situations = loadClass(Situation.class.getName()).getEnumConstants();
                return (Supplier<List<String>>) situations[situation.ordinal()];
            } catch (ClassNotFoundException e) {
                throw new IllegalStateException(e);
            }
        }

        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            synchronized (getClassLoadingLock(name)) {
                if (!name.startsWith(Mutant.class.getPackageName() + ".")) {
                    return super.loadClass(name, resolve);
                }
                Class<?> loaded = findLoadedClass(name);
                return loaded == null ? findClass(name) : loaded;
            }
        }

        private static URL placeOf(Class<?> type) {
            return type.getProtectionDomain().getCodeSource().getLocation();
        }

        private static URL urlOf(Path folder) {
            try {
                return folder.toUri().toURL();
            } catch (MalformedURLException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
