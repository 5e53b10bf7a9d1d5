package io.headgate.local;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** How a part that is a Java program is run: on the JDK and the class path of this one, with as little as it needs. */
final class JavaProgram {

    private static final List<String> SMALL = List.of(
            "-XX:+UseSerialGC",
            "-Xshare:auto",
            "-XX:-UsePerfData",
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "-Dio.netty.eventLoopThreads=2",
            "-Dlogback.configurationFile=headgate-local-logback.xml");

    private JavaProgram() {}

    static Path java() {
        return Path.of(System.getProperty("java.home"), "bin", "java");
    }

    static Launch launch(Class<?> main, List<String> options, List<String> arguments, Path log) {
        List<String> command = new ArrayList<>();
        command.add(java().toString());
        command.addAll(SMALL);
        command.addAll(options);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
        command.addAll(arguments);
        return Launch.of(command, log);
    }
}
