package io.headgate.local;

/** The demo's database. */
final class DemoData {

    static final String DATABASE = "headgate";

    private DemoData() {}
}
