-- How much each tenant has going, kept right by the trigger below, and the line that tenants stand in.
CREATE TABLE tenant (
    tenant       text        COLLATE "C" PRIMARY KEY,
    weight       integer     NOT NULL CHECK (weight > 0),
    max_running  integer     NOT NULL CHECK (max_running > 0),
    running      integer     NOT NULL DEFAULT 0 CHECK (running >= 0),
    queued       integer     NOT NULL DEFAULT 0 CHECK (queued >= 0),
    queued_small integer     NOT NULL DEFAULT 0 CHECK (queued_small >= 0),
    load         float8      GENERATED ALWAYS AS (running::float8 / weight) STORED,
    served_at    timestamptz NOT NULL DEFAULT 'epoch',
    day          date        NOT NULL,
    day_rows     bigint      NOT NULL DEFAULT 0,
    day_bytes    bigint      NOT NULL DEFAULT 0
);
CREATE INDEX tenant_turn ON tenant (load, served_at, tenant) WHERE queued > 0 AND running < max_running;
CREATE INDEX tenant_turn_small ON tenant (load, served_at, tenant) WHERE queued_small > 0 AND running < max_running;

CREATE TABLE job (
    id              uuid        PRIMARY KEY,
    tenant          text        NOT NULL COLLATE "C" REFERENCES tenant,
    subject         text        NOT NULL COLLATE "C",
    asked           json        NOT NULL,
    query_hash      text        NOT NULL,
    small           boolean     NOT NULL,
    priority        smallint    NOT NULL,
    state           text        NOT NULL CHECK (state IN ('queued', 'running', 'completed', 'failed', 'cancelled', 'expired')),
    attempts        integer     NOT NULL DEFAULT 0,
    fence           bigint      NOT NULL DEFAULT 0,
    worker          text,
    lease_until     timestamptz,
    run_after       timestamptz NOT NULL,
    cancelling      boolean     NOT NULL DEFAULT false,
    rows            bigint      NOT NULL DEFAULT 0,
    bytes           bigint      NOT NULL DEFAULT 0,
    estimate        bigint,
    sha256          text,
    location        text,
    source          json,
    reason          text,
    notify_url      text,
    idempotency_key text        COLLATE "C",
    body_hash       text        NOT NULL,
    request_id      text,
    trace_id        text,
    created_at      timestamptz NOT NULL,
    started_at      timestamptz,
    ended_at        timestamptz,
    expires_at      timestamptz,
    CHECK ((state = 'running') = (lease_until IS NOT NULL)),
    CHECK (state <> 'completed' OR (sha256 IS NOT NULL AND location IS NOT NULL AND expires_at IS NOT NULL))
);
CREATE INDEX job_head ON job (tenant, priority DESC, created_at, id) WHERE state = 'queued';
CREATE INDEX job_head_small ON job (tenant, priority DESC, created_at, id) WHERE state = 'queued' AND small;
CREATE INDEX job_lease ON job (lease_until) WHERE state = 'running';
CREATE INDEX job_expiry ON job (expires_at) WHERE state = 'completed';
CREATE INDEX job_file ON job (ended_at) WHERE state = 'expired' AND location IS NOT NULL;
CREATE INDEX job_ended ON job (ended_at) WHERE state IN ('failed', 'cancelled', 'expired') AND location IS NULL;
CREATE INDEX job_of_subject ON job (tenant, subject, id DESC);
CREATE INDEX job_of_tenant ON job (tenant, id DESC);
CREATE UNIQUE INDEX job_once ON job (tenant, subject, idempotency_key) WHERE idempotency_key IS NOT NULL;

-- The counts follow the states, whoever changes them. The job is locked before its tenant; who locks the tenant first
-- must not wait for a job.
CREATE FUNCTION count_job() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    was text := CASE WHEN TG_OP = 'INSERT' THEN '' ELSE OLD.state END;
BEGIN
    IF was <> NEW.state AND (was IN ('', 'queued', 'running') OR NEW.state IN ('queued', 'running')) THEN
        UPDATE headgate_export.tenant SET
            running = running + (NEW.state = 'running')::int - (was = 'running')::int,
            queued = queued + (NEW.state = 'queued')::int - (was = 'queued')::int,
            queued_small = queued_small
                + (NEW.small AND NEW.state = 'queued')::int - (NEW.small AND was = 'queued')::int
        WHERE tenant = NEW.tenant;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER count_job AFTER INSERT OR UPDATE OF state ON job FOR EACH ROW EXECUTE FUNCTION count_job();

-- What is still to be told to the event log; written with the change that it tells of.
CREATE TABLE outbox (
    event_id    uuid        PRIMARY KEY,
    event_type  text        NOT NULL,
    occurred_at timestamptz NOT NULL,
    tenant      text        NOT NULL,
    subject     text        NOT NULL,
    request_id  text,
    trace_id    text,
    data        json        NOT NULL
);

CREATE TABLE delivery (
    id         uuid        PRIMARY KEY,
    job        uuid        NOT NULL REFERENCES job ON DELETE CASCADE,
    tenant     text        NOT NULL COLLATE "C",
    url        text        NOT NULL COLLATE "C",
    event_type text        NOT NULL,
    payload    text        NOT NULL,
    state      text        NOT NULL CHECK (state IN ('pending', 'delivered', 'failed', 'disabled')),
    attempts   integer     NOT NULL DEFAULT 0,
    due_at     timestamptz NOT NULL,
    created_at timestamptz NOT NULL,
    ended_at   timestamptz
);
CREATE INDEX delivery_due ON delivery (due_at) WHERE state = 'pending';
CREATE INDEX delivery_of_url ON delivery (tenant, url) WHERE state = 'pending';
CREATE INDEX delivery_of_job ON delivery (job);

CREATE TABLE delivery_attempt (
    delivery uuid        NOT NULL REFERENCES delivery ON DELETE CASCADE,
    attempt  integer     NOT NULL,
    at       timestamptz NOT NULL,
    millis   bigint      NOT NULL,
    status   integer,
    error    text,
    PRIMARY KEY (delivery, attempt)
);
