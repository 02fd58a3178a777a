-- The keys that sign a domain's mail, as our own zone has to show them.
-- Rows follow from signing_keys.* alone; `position` is that of a row's latest change.
CREATE TABLE signing_keys (
    account_id uuid NOT NULL,
    domain_id uuid NOT NULL,
    selector text NOT NULL,
    label text NOT NULL,
    key_id uuid NOT NULL,
    state text NOT NULL
        CHECK (state IN ('staged', 'active', 'retiring', 'revoked', 'removed')),
    public_key text NOT NULL,
    since timestamptz NOT NULL,
    position bigint NOT NULL,
    changes integer NOT NULL DEFAULT 1,
    CONSTRAINT signing_keys_one PRIMARY KEY (account_id, domain_id, selector)
);
CREATE UNIQUE INDEX signing_keys_one_active ON signing_keys (account_id, domain_id)
    WHERE state = 'active';
CREATE INDEX signing_keys_name ON signing_keys (label, selector);
CREATE INDEX signing_keys_position ON signing_keys (position);
CREATE INDEX signing_keys_age ON signing_keys (since) WHERE state = 'active';

-- When a domain's keys are looked at again.
CREATE TABLE watched_signing_keys (
    account_id uuid NOT NULL,
    domain_id uuid NOT NULL,
    due_at timestamptz NOT NULL,
    CONSTRAINT watched_signing_keys_one PRIMARY KEY (account_id, domain_id)
);
CREATE INDEX watched_signing_keys_due ON watched_signing_keys (due_at);

-- Every target of a tracking domain that was ever given out: none is given out twice.
-- Rows follow from tracking_domains.* alone.
CREATE TABLE tracking_targets (
    target text CONSTRAINT tracking_targets_one PRIMARY KEY,
    account_id uuid NOT NULL,
    host_id uuid NOT NULL,
    published boolean NOT NULL DEFAULT true,
    position bigint NOT NULL,
    changes integer NOT NULL DEFAULT 1
);
CREATE INDEX tracking_targets_account ON tracking_targets (account_id);
CREATE INDEX tracking_targets_position ON tracking_targets (position);

-- When a tracking host is looked at again, and what the latest look saw.
CREATE TABLE watched_tracking (
    account_id uuid NOT NULL,
    host_id uuid NOT NULL,
    due_at timestamptz,
    missed_since timestamptz,
    looked_at timestamptz,
    sealed bytea,
    key_id uuid,
    CONSTRAINT watched_tracking_one PRIMARY KEY (account_id, host_id)
) WITH (fillfactor = 80);
CREATE INDEX watched_tracking_due ON watched_tracking (due_at)
    WHERE due_at IS NOT NULL;

-- What is read of it.
CREATE TABLE tracking_hosts (
    account_id uuid NOT NULL,
    generation smallint NOT NULL,
    host_id uuid NOT NULL,
    position bigint NOT NULL,
    host bytea,
    host_key_id uuid,
    target text NOT NULL,
    state text NOT NULL,
    since timestamptz NOT NULL,
    why text,
    chosen_at timestamptz,
    CONSTRAINT tracking_hosts_one PRIMARY KEY (account_id, generation, host_id)
) WITH (fillfactor = 80);

GRANT SELECT, INSERT, UPDATE ON signing_keys, tracking_targets TO daybook_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON watched_signing_keys, watched_tracking
    TO daybook_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON tracking_hosts TO daybook_service;
GRANT SELECT ON tracking_hosts TO daybook_auditor, daybook_reader;
GRANT SELECT ON signing_keys, watched_signing_keys, tracking_targets, watched_tracking
    TO daybook_auditor;
CALL keep_accounts_apart('signing_keys', 'watched_signing_keys', 'tracking_targets',
    'watched_tracking', 'tracking_hosts');
