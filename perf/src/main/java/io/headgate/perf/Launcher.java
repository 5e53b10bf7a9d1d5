package io.headgate.perf;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** {@code ./headgate}, or where else it is. */
record Launcher(String path) {

    private record Status(List<StackPart> parts) {}

    static Launcher of(Options options) {
        return new Launcher(options.text("launcher"));
    }

    /** What it prints; empty where it fails. */
    Optional<String> say(String... arguments) throws InterruptedException {
        try {
            Process process = start(arguments);
            String said = text(process);
            return process.waitFor() == 0 ? Optional.of(said) : Optional.empty();
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /** Has it do something, which must work. */
    String run(String... arguments) throws IOException, InterruptedException {
        return say(arguments).orElseThrow(() -> new IOException(path + " " + String.join(" ", arguments) + " failed"));
    }

    /** A part as it is now: its process is another one after each start. */
    StackPart part(String name) throws IOException {
        String status = text(start("status", "--json")); // which fails while a part is down, and tells of the others
        return parts(status).stream()
                .filter(part -> part.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new IOException("no part '" + name + "' in " + status));
    }

    /** Those that are up, where the stack is up whole. */
    List<StackPart> gateways() throws InterruptedException {
        return say("status", "--json").map(Launcher::parts).orElse(List.of()).stream()
                .filter(part -> part.isGateway() && part.isUp())
                .toList();
    }

    private static List<StackPart> parts(String status) {
        return Json.read(status, Status.class).parts();
    }

    private Process start(String... arguments) throws IOException {
        var command = new ArrayList<>(List.of(path));
        command.addAll(List.of(arguments));
        return new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    private static String text(Process process) throws IOException {
        return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    }
}
