package io.headgate.reads;

/** What a node had written or replayed, told so that any other node of the cluster can be compared with it. */
record Position(Branch branch, Lsn lsn) {

    static Position of(long system, int timeline, Lsn lsn) {
        return new Position(new Branch(system, timeline), lsn);
    }

    long system() {
        return branch.system();
    }
}
