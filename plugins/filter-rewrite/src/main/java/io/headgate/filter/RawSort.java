package io.headgate.filter;

/** A field to order by as it was read. */
record RawSort(String field, boolean descending, String at) {}
