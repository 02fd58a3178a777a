-- The journal and what is written in its transactions.
-- Account tables have the account first in every key; the journal's own keys are
-- (stream, version) and position; directories are global and named so.

CREATE TABLE journal_epoch (
    epoch smallint CONSTRAINT journal_epoch_number PRIMARY KEY,
    base bigint NOT NULL CHECK (base >= 0),
    first_xid bigint NOT NULL,
    timeline bigint NOT NULL,
    system_identifier bigint NOT NULL,
    adopted_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE journal (
    position bigint NOT NULL CONSTRAINT journal_position UNIQUE,
    account_id uuid NOT NULL,
    stream_id uuid NOT NULL,
    version integer NOT NULL CHECK (version > 0),
    topic text NOT NULL,
    topic_version smallint NOT NULL CHECK (topic_version > 0),
    payload bytea NOT NULL,
    sealed bytea,
    sealed_key_id uuid,
    actor_kind text NOT NULL,
    actor_id text NOT NULL,
    happened_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL,
    origin bytea,
    origin_key_id uuid,
    correlation_id uuid NOT NULL,
    causation_id uuid,
    command_id uuid NOT NULL,
    software text NOT NULL,
    hash bytea CONSTRAINT journal_unbroken NOT NULL CHECK (octet_length(hash) = 32),
    CONSTRAINT journal_stream PRIMARY KEY (stream_id, version),
    CONSTRAINT journal_sealed_with_key CHECK ((sealed IS NULL) = (sealed_key_id IS NULL)),
    CONSTRAINT journal_origin_with_key CHECK ((origin IS NULL) = (origin_key_id IS NULL))
) WITH (autovacuum_vacuum_insert_scale_factor = 0.02);
ALTER TABLE journal
    ALTER payload SET STORAGE EXTERNAL,
    ALTER sealed SET STORAGE EXTERNAL,
    ALTER origin SET STORAGE EXTERNAL;
CREATE INDEX journal_account ON journal (account_id, position);

CREATE FUNCTION journal_is_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the journal is final: % refused', TG_OP;
END $$;
CREATE TRIGGER journal_is_final
    BEFORE UPDATE OR DELETE OR TRUNCATE ON journal
    FOR EACH STATEMENT EXECUTE FUNCTION journal_is_final();
ALTER TABLE journal ENABLE ALWAYS TRIGGER journal_is_final;

CREATE TABLE journal_commands (
    account_id uuid NOT NULL,
    command_id uuid NOT NULL,
    operation text NOT NULL,
    body_digest bytea NOT NULL,
    digest_key_id uuid NOT NULL,
    result bytea NOT NULL,
    position bigint NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at timestamptz,
    CONSTRAINT commands_once PRIMARY KEY (account_id, command_id)
);
CREATE INDEX journal_commands_expiry ON journal_commands (expires_at)
    WHERE expires_at IS NOT NULL;

CREATE TABLE installation_keys (
    key_id uuid CONSTRAINT installation_keys_id PRIMARY KEY,
    purpose text NOT NULL CONSTRAINT installation_keys_purpose UNIQUE,
    wrapped bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE data_keys (
    account_id uuid NOT NULL,
    purpose text NOT NULL,
    key_id uuid NOT NULL,
    wrapped bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT data_keys_purpose PRIMARY KEY (account_id, purpose),
    CONSTRAINT data_keys_id UNIQUE (account_id, key_id)
);

CREATE TABLE data_keys_destroyed (
    account_id uuid NOT NULL,
    purpose text NOT NULL,
    key_id uuid NOT NULL,
    destroyed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT data_keys_destroyed_purpose PRIMARY KEY (account_id, purpose)
);

-- A directory: who holds a name, decided in the committing transaction.
CREATE TABLE claims (
    kind text NOT NULL,
    digest bytea NOT NULL,
    digest_key_id uuid NOT NULL,
    account_id uuid NOT NULL,
    claimed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT claims_one_holder PRIMARY KEY (kind, digest)
);
CREATE INDEX claims_account ON claims (account_id);

-- A directory: from a name the outside knows to the account and stream it means.
CREATE TABLE directory (
    kind text NOT NULL,
    name text NOT NULL,
    account_id uuid NOT NULL,
    stream_id uuid NOT NULL,
    CONSTRAINT directory_name PRIMARY KEY (kind, name)
);
CREATE INDEX directory_account ON directory (account_id);

CREATE TABLE tokens (
    account_id uuid NOT NULL,
    digest bytea NOT NULL CHECK (octet_length(digest) = 32),
    kind text NOT NULL,
    stream_id uuid NOT NULL,
    issued_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at timestamptz,
    CONSTRAINT tokens_once PRIMARY KEY (account_id, digest)
);

CREATE TABLE secrets (
    account_id uuid NOT NULL,
    secret_id uuid NOT NULL,
    kind text NOT NULL,
    material bytea NOT NULL,
    key_id uuid NOT NULL,
    CONSTRAINT secrets_one PRIMARY KEY (account_id, secret_id)
);

CREATE TABLE sessions (
    account_id uuid NOT NULL,
    session_id uuid NOT NULL,
    digest bytea NOT NULL CHECK (octet_length(digest) = 32),
    kind text NOT NULL,
    begun_at timestamptz NOT NULL,
    seen_at timestamptz NOT NULL,
    idle_seconds_max integer NOT NULL,
    expires_at timestamptz NOT NULL,
    ended_at timestamptz,
    origin bytea,
    origin_key_id uuid,
    CONSTRAINT sessions_id PRIMARY KEY (account_id, session_id),
    CONSTRAINT sessions_digest UNIQUE (account_id, digest)
);

CREATE TABLE snapshots (
    stream_id uuid NOT NULL,
    version integer NOT NULL,
    account_id uuid NOT NULL,
    topic text NOT NULL,
    state bytea NOT NULL,
    key_id uuid,
    CONSTRAINT snapshots_stream PRIMARY KEY (stream_id, version)
);
CREATE INDEX snapshots_account ON snapshots (account_id);

CREATE SEQUENCE order_numbers START 10001;

-- Shared by all payers, hence a locked row and no stream.
CREATE TABLE receipt_series (
    issuer text NOT NULL,
    year integer NOT NULL,
    next integer NOT NULL CHECK (next > 0),
    CONSTRAINT receipt_series_one PRIMARY KEY (issuer, year)
);

CREATE TABLE receipt_documents (
    account_id uuid NOT NULL,
    document_id uuid NOT NULL,
    sealed bytea NOT NULL,
    key_id uuid NOT NULL,
    CONSTRAINT receipt_documents_id PRIMARY KEY (account_id, document_id)
);
ALTER TABLE receipt_documents ALTER sealed SET STORAGE EXTERNAL;

-- A directory: what Stripe says, before anybody knows whose it is.
CREATE TABLE webhook_inbox (
    event_id text CONSTRAINT webhook_inbox_event PRIMARY KEY,
    sealed bytea NOT NULL,
    key_id uuid NOT NULL,
    received_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    due_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    attempts integer NOT NULL DEFAULT 0,
    trouble text,
    handled_at timestamptz
);
CREATE INDEX webhook_inbox_due ON webhook_inbox (due_at) WHERE handled_at IS NULL;

CREATE TABLE mail_outbox (
    account_id uuid NOT NULL,
    mail_id uuid NOT NULL,
    template text NOT NULL,
    language text NOT NULL,
    sealed bytea NOT NULL,
    key_id uuid NOT NULL,
    written_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    due_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    attempts integer NOT NULL DEFAULT 0,
    trouble text,
    sent_at timestamptz,
    CONSTRAINT mail_outbox_id PRIMARY KEY (account_id, mail_id)
);
CREATE INDEX mail_outbox_due ON mail_outbox (due_at) WHERE sent_at IS NULL;

GRANT SELECT ON journal_epoch TO daybook_service, daybook_auditor;
GRANT SELECT, INSERT ON journal TO daybook_service;
GRANT SELECT ON journal, journal_commands, data_keys_destroyed TO daybook_auditor;
GRANT SELECT, INSERT, DELETE ON journal_commands TO daybook_service;
GRANT SELECT, INSERT, DELETE ON installation_keys, data_keys TO daybook_service;
GRANT SELECT, INSERT ON data_keys_destroyed TO daybook_service;
GRANT SELECT, INSERT, DELETE ON claims, secrets, snapshots TO daybook_service;
GRANT SELECT, INSERT ON directory, receipt_documents TO daybook_service;
GRANT SELECT, INSERT, UPDATE ON tokens, sessions, receipt_series TO daybook_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON webhook_inbox, mail_outbox TO daybook_service;
GRANT USAGE ON SEQUENCE order_numbers TO daybook_service;
GRANT SELECT ON receipt_series, directory TO daybook_auditor;
