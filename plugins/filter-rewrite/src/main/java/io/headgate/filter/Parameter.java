package io.headgate.filter;

/** A query parameter, decoded. */
record Parameter(String name, String value) {}
