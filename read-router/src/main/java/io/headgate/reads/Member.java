package io.headgate.reads;

/**
 * A server that belongs to a cluster; as long as it is the same one, what was learnt of it holds.
 *
 * @param forExports whether it is meant for long reads
 */
record Member(String name, boolean forExports, Probe probe) {

    static Member primary(Probe probe) {
        return new Member(Cluster.PRIMARY, false, probe);
    }
}
