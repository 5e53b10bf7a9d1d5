package io.headgate.ratelimit;

/** Who is turned away first when there is too much. */
enum Criticality {
    CRITICAL,
    DEFAULT,
    SHEDDABLE
}
