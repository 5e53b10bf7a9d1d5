import com.palantir.javaformat.java.Formatter;
import com.palantir.javaformat.java.ImportOrderer;
import com.palantir.javaformat.java.JavaFormatterOptions;
import com.palantir.javaformat.java.RemoveUnusedImports;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * Checks or writes the format of every Java file below a folder. It runs on the JDK of the toolchain, because the
 * formatter parses with the compiler it runs on, and Maven itself may run on one that is too old for our sources.
 */
final class Format {
    public static void main(String[] args) throws Exception {
        boolean write = args[0].equals("write");
        Path root = Path.of(args[1]);
        var formatter = Formatter.createFormatter(JavaFormatterOptions.builder()
                .style(JavaFormatterOptions.Style.PALANTIR)
                .build());
        var differing = new ConcurrentLinkedQueue<String>();
        List<Path> sources;
        try (var files = Files.walk(root)) {
            sources = files.filter(file -> file.toString().endsWith(".java"))
                    .filter(file -> !root.relativize(file).toString().matches("(.*/)?(target|\\.[^/]+)/.*"))
                    .toList();
        }
        sources.parallelStream().forEach(file -> {
            try {
                String source = Files.readString(file);
                String ordered = ImportOrderer.reorderImports(source, JavaFormatterOptions.Style.PALANTIR);
                String formatted = formatter.formatSource(RemoveUnusedImports.removeUnusedImports(ordered));
                if (!formatted.equals(source)) {
                    differing.add(root.relativize(file).toString());
                    if (write) {
                        Files.writeString(file, formatted);
                    }
                }
            } catch (Exception e) {
                throw new IllegalStateException(file + ": " + e.getMessage(), e);
            }
        });
        if (!write && !differing.isEmpty()) {
            differing.stream().sorted().forEach(file -> System.err.println("not formatted: " + file));
            System.err.println("Run: mvn -N validate -Dformat=write");
            System.exit(1);
        }
    }
}
