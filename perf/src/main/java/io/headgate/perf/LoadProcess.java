package io.headgate.perf;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The generator as a process of its own. */
final class LoadProcess implements AutoCloseable {
    private final OsProcess process;
    private final Writer plans;
    private final BufferedReader results;

    private LoadProcess(OsProcess process) {
        this.process = process;
        this.plans = process.process().outputWriter(StandardCharsets.UTF_8);
        this.results = process.process().inputReader(StandardCharsets.UTF_8);
    }

    static LoadProcess start(List<String> java, Path folder) throws IOException {
        var command = new ArrayList<>(java);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), Generator.class.getName()));
        return new LoadProcess(OsProcess.startTalking("generator", command, folder));
    }

    LoadResult run(LoadPlan plan) throws IOException {
        begin(plan);
        return result();
    }

    void begin(LoadPlan plan) throws IOException {
        say(Json.line(plan));
    }

    void stop() throws IOException {
        say("stop");
    }

    LoadResult result() throws IOException {
        String line = results.readLine();
        if (line == null) {
            throw new IOException("the generator's process has ended; its log is generator.log");
        }
        return Json.read(line, LoadResult.class);
    }

    private void say(String line) throws IOException {
        plans.write(line + "\n");
        plans.flush();
    }

    @Override
    public void close() throws InterruptedException {
        process.close();
    }
}
