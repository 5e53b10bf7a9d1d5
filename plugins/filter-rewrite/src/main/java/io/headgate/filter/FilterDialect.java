package io.headgate.filter;

/** How a filter can be written. */
enum FilterDialect {
    JSON,
    BRACKETS,
    RSQL,
    ODATA,
    /** Spoken to backends only. */
    POSTGREST
}
