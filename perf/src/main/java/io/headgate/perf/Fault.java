package io.headgate.perf;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** What happens to a part: its process and all that this one has started. */
enum Fault {
    KILL("kill -9") {
        @Override
        Hold inflict(List<ProcessHandle> processes) {
            processes.forEach(ProcessHandle::destroyForcibly);
            return () -> {};
        }
    },
    PAUSE("SIGSTOP") {
        @Override
        Hold inflict(List<ProcessHandle> processes) throws IOException {
            return Pause.of(processes);
        }
    };

    private final String action;

    Fault(String action) {
        this.action = action;
    }

    /** Closing it lets go of what was held; a part that was killed has to be started. */
    interface Hold {
        void release() throws Exception;
    }

    abstract Hold inflict(List<ProcessHandle> processes) throws IOException, InterruptedException;

    String action() {
        return action;
    }

    static List<ProcessHandle> processes(long pid) throws IOException {
        ProcessHandle part = ProcessHandle.of(pid).orElseThrow(() -> new IOException("no process " + pid));
        return Stream.concat(Stream.of(part), part.descendants()).toList();
    }

    /**
     * Stopped processes with a helper at the end of a pipe from here, which wakes them when it is closed: also where
     * this program is killed meanwhile.
     */
    private record Pause(Process helper) implements Hold {

        static Pause of(List<ProcessHandle> processes) throws IOException {
            var command = new ArrayList<>(List.of(
                    "sh", "-c", "kill -s STOP \"$@\"; echo stopped; cat >/dev/null; kill -s CONT \"$@\"", "pause"));
            processes.forEach(process -> command.add(Long.toString(process.pid())));
            Process helper = new ProcessBuilder(command)
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            helper.inputReader().readLine();
            return new Pause(helper);
        }

        @Override
        public void release() throws IOException, InterruptedException {
            helper.getOutputStream().close();
            helper.waitFor();
        }
    }
}
