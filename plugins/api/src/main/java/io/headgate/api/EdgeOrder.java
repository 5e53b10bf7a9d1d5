package io.headgate.api;

/** The life of a request: the order of the constants is the order of the chain, and nothing else is. */
public enum EdgeOrder {
    /** First, because everything after it may trust the path, the sizes, the request id and the client's address. */
    HYGIENE,
    /** Before any work for the caller, because the route says which work that is. */
    MATCH,
    /** On the way in it does nothing; on the way back it writes the answer after every later step has seen its head. */
    ANSWER,
    /** Nothing may be decided about a caller who is not known. */
    AUTHENTICATE,
    /** Before limits, so that a caller without permission cannot spend a tenant's quota. */
    AUTHORIZE,
    /** Before the request's content is read, so that a flood costs no parsing. */
    LIMIT,
    /** The query is validated before its page, because a cursor is bound to the filter it was made for. */
    QUERY,
    /** Knows the whole query and rewrites it for the backend. */
    PAGE,
    /** Chooses the upstream last of all decisions, because it may have to wait for a replica. */
    READ,
    /** The route's own stock filters see what will be sent, and cannot undo a decision. */
    STOCK,
    /** After the stock filters, so that none of them can touch the caller that the backend will trust. */
    CALLER_HEADER,
    /** The last word on which backend it will be; every step before may have had one. */
    CHOICE,
    /** Whether the backend can take one more: it needs to know which, and a request that it sheds holds nothing of it. */
    SHED,
    /** Breaker, bulkhead and retry budget stand around the call and nothing else. */
    GUARD,
    /** The call, streaming both ways. */
    UPSTREAM
}
