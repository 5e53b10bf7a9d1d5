package io.headgate.export;

/** What a column's text means, as far as formats treat it differently. */
enum ColumnKind {
    BOOLEAN,
    /** Digits alone, with a sign. */
    WHOLE,
    /** As many digits as it has, all of them meant; or {@code NaN}, or infinite. */
    DECIMAL,
    /** What a binary floating point number is written as; or {@code NaN}, or infinite. */
    FLOATING,
    DATE,
    TIMESTAMP,
    TIMESTAMP_WITH_ZONE,
    JSON,
    /** Written by the database in its own form, never in a person's words. */
    OTHER,
    /** What people wrote; every type that is not known counts as such, so that it is guarded. */
    TEXT;

    /** @param type the number by which PostgreSQL tells its own types */
    static ColumnKind of(int type) {
        return switch (type) {
            case 16 -> BOOLEAN;
            case 20, 21, 23, 26 -> WHOLE; // int8, int2, int4, oid
            case 1700 -> DECIMAL; // numeric
            case 700, 701 -> FLOATING; // float4, float8
            case 1082 -> DATE;
            case 1114 -> TIMESTAMP;
            case 1184 -> TIMESTAMP_WITH_ZONE;
            case 114, 3802 -> JSON; // json, jsonb
            case 17, 790, 1083, 1186, 1266, 2950, 869, 650, 829, 774 ->
                OTHER; // bytea, money, time, interval, timetz, uuid, inet, cidr, macaddr, macaddr8
            default -> TEXT;
        };
    }

    boolean isTime() {
        return this == TIMESTAMP || this == TIMESTAMP_WITH_ZONE;
    }
}
