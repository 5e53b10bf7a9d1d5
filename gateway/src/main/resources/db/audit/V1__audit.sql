-- What happened, as proof. Each month of each class is a table of its own, made ahead by the gateway, with a chain of its
-- own: a row's hash covers the row and the hash before it.
CREATE TABLE event (
    event_id    uuid        NOT NULL,
    occurred_at timestamptz NOT NULL,
    event_class text        NOT NULL,
    event_type  text        NOT NULL,
    account_id  text,
    user_id     text,
    request_id  text,
    trace_id    text,
    data        json        NOT NULL, -- not jsonb: the text is hashed as it came
    position    bigint      NOT NULL,
    prev_hash   bytea       NOT NULL,
    hash        bytea       NOT NULL,
    PRIMARY KEY (event_id, occurred_at, event_class)
) PARTITION BY LIST (event_class);

CREATE TABLE audit PARTITION OF event FOR VALUES IN ('audit') PARTITION BY RANGE (occurred_at);
CREATE TABLE activity PARTITION OF event FOR VALUES IN ('activity') PARTITION BY RANGE (occurred_at);

CREATE INDEX event_time ON event (occurred_at, event_id);
CREATE INDEX event_request ON event (request_id) WHERE request_id IS NOT NULL;
CREATE INDEX event_account ON event (account_id, occurred_at, event_id) WHERE account_id IS NOT NULL;
CREATE INDEX event_user ON event (user_id, occurred_at, event_id) WHERE user_id IS NOT NULL;
CREATE INDEX event_of_type ON event (event_type, occurred_at, event_id);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit is append only: % of % refused', TG_OP, TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END
$$;

-- A row's trigger is handed on to every partition, a statement's is not: the gateway adds it to each that it makes.
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON event FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER never_truncated BEFORE TRUNCATE ON event FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER never_truncated BEFORE TRUNCATE ON audit FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER never_truncated BEFORE TRUNCATE ON activity FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Where each chain ends. Who appends to a partition holds its row until the commit. It stays when the partition is
-- dropped, as the anchor of what was there.
CREATE TABLE chain (
    partition     text        PRIMARY KEY COLLATE "C",
    event_class   text        NOT NULL,
    month         date        NOT NULL,
    length        bigint      NOT NULL DEFAULT 0,
    head          bytea       NOT NULL DEFAULT '',
    last_event_id uuid,
    dropped_at    timestamptz
);

-- Events that cannot be in the audit, where there is no Kafka that would keep them.
CREATE TABLE dead_letter (
    sequence bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    dead_at  timestamptz NOT NULL DEFAULT now(),
    reason   text        NOT NULL,
    event    text        NOT NULL
);
