package io.headgate.perf;

import java.io.IOException;

/** Ends this process when the bench that started it is gone: standard input is a pipe from it and then closes. */
final class Parent {
    private Parent() {}

    static void endWithIt() {
        Thread.ofPlatform().daemon().name("parent").start(() -> {
            try {
                while (System.in.read() >= 0) {
                    continue;
                }
            } catch (IOException e) {
                // a broken pipe means the same as a closed one
            }
            Runtime.getRuntime().halt(0);
        });
    }
}
