package io.headgate.local;

/** Whom the gateway vouches for. */
record DemoCaller(String tenant, String subject) {}
