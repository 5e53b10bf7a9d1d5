-- One row: which store this is, and the revision that its last change took. Who moves the revision holds the advisory
-- lock of the registry until its commit is visible, so that revisions appear in their own order.
CREATE TABLE registry (
    singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
    store_id  uuid    NOT NULL DEFAULT gen_random_uuid(),
    revision  bigint  NOT NULL DEFAULT 0
);
INSERT INTO registry DEFAULT VALUES;

-- What is in force.
CREATE TABLE resource (
    kind       text        NOT NULL,
    team       text        NOT NULL COLLATE "C",
    name       text        NOT NULL COLLATE "C",
    version    bigint      NOT NULL,
    revision   bigint      NOT NULL UNIQUE,
    origin     text        NOT NULL CHECK (origin IN ('FILE', 'API')),
    spec       json        NOT NULL,
    changed_at timestamptz NOT NULL,
    changed_by text        NOT NULL,
    PRIMARY KEY (kind, team, name)
);

-- What ever was; append only. A deletion is a version without a spec.
CREATE TABLE resource_version (
    revision   bigint      PRIMARY KEY,
    kind       text        NOT NULL,
    team       text        NOT NULL COLLATE "C",
    name       text        NOT NULL COLLATE "C",
    version    bigint      NOT NULL,
    origin     text        NOT NULL CHECK (origin IN ('FILE', 'API')),
    spec       json,
    changed_at timestamptz NOT NULL,
    changed_by text        NOT NULL,
    UNIQUE (kind, team, name, version)
);

-- Events that were true at commit and wait for their delivery.
CREATE TABLE outbox (
    sequence    bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    event_id    uuid        NOT NULL UNIQUE,
    event_type  text        NOT NULL,
    occurred_at timestamptz NOT NULL,
    account_id  text,
    user_id     text,
    request_id  text,
    trace_id    text,
    data        json        NOT NULL
);

-- Who serves which revision; a row that is no longer renewed vanishes.
CREATE TABLE instance (
    name       text        PRIMARY KEY,
    revision   bigint      NOT NULL,
    applied_at timestamptz NOT NULL,
    seen_at    timestamptz NOT NULL,
    state      text        NOT NULL,
    broken     json        NOT NULL,
    files      json        NOT NULL
);
