-- What instances found out beside the traffic. Each writes its own rows alone, and a report adds them up.
CREATE TABLE finding (
    report   text        NOT NULL,
    team     text        NOT NULL COLLATE "C",
    name     text        NOT NULL COLLATE "C",
    instance text        NOT NULL,
    basis    text        NOT NULL,
    body     json        NOT NULL,
    kept_at  timestamptz NOT NULL,
    PRIMARY KEY (report, team, name, instance)
);
CREATE INDEX finding_kept_at ON finding (kept_at);

-- When an instance last told all that it knew.
CREATE TABLE teller (
    instance text        PRIMARY KEY,
    told_at  timestamptz NOT NULL
);
