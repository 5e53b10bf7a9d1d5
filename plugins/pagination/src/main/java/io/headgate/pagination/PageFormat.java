package io.headgate.pagination;

/** What clients get. */
enum PageFormat {
    ENVELOPE,
    /** The backend's own, while clients move over. */
    LEGACY
}
