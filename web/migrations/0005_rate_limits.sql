-- A directory by key: how often each asked in its present window. Passing state, which
-- a crash may empty, so it is not logged; a row for each key, so nothing to sweep.
CREATE UNLOGGED TABLE rate_limits (
    key_id uuid CONSTRAINT rate_limits_key PRIMARY KEY,
    began bigint NOT NULL,
    hits integer NOT NULL
) WITH (fillfactor = 50);

GRANT SELECT, INSERT, UPDATE ON rate_limits TO daybook_service;
