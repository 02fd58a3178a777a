-- The keys that sign a domain's mail, as our own zone has to show them.
-- Rows follow from signing_keys.* alone.
CREATE TABLE signing_keys (
    account_id uuid NOT NULL,
    domain_id uuid NOT NULL,
    selector text NOT NULL,
    stream_id uuid NOT NULL,
    label text NOT NULL,
    key_id uuid NOT NULL,
    state text NOT NULL
        CHECK (state IN ('staged', 'active', 'retiring', 'revoked', 'removed')),
    public_key text NOT NULL,
    since timestamptz NOT NULL,
    CONSTRAINT signing_keys_one PRIMARY KEY (account_id, domain_id, selector)
);
CREATE UNIQUE INDEX signing_keys_one_active ON signing_keys (account_id, domain_id)
    WHERE state = 'active';
CREATE INDEX signing_keys_stream ON signing_keys (stream_id);
CREATE INDEX signing_keys_age ON signing_keys (since) WHERE state = 'active';

-- When a domain's keys are looked at again.
CREATE TABLE watched_signing_keys (
    account_id uuid NOT NULL,
    domain_id uuid NOT NULL,
    due_at timestamptz NOT NULL,
    CONSTRAINT watched_signing_keys_one PRIMARY KEY (account_id, domain_id)
);
CREATE INDEX watched_signing_keys_due ON watched_signing_keys (due_at);

GRANT SELECT, INSERT, UPDATE ON signing_keys TO daybook_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON watched_signing_keys TO daybook_service;
GRANT SELECT ON signing_keys, watched_signing_keys TO daybook_auditor;
CALL keep_accounts_apart('signing_keys');
CALL keep_accounts_apart('watched_signing_keys');
