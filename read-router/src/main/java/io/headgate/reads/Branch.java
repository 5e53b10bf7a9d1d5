package io.headgate.reads;

/**
 * One timeline of one cluster: positions of two branches are comparable only with the history that joins them.
 *
 * @param system the identifier that a cluster gets when it is made
 */
record Branch(long system, int timeline) {}
