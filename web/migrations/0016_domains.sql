-- Sending domains that were not removed: who holds a name, and when to look again.
CREATE TABLE watched_domains (
    account_id uuid NOT NULL,
    domain_id uuid NOT NULL,
    digest bytea NOT NULL CHECK (octet_length(digest) = 32),
    digest_key_id uuid NOT NULL,
    holds boolean NOT NULL DEFAULT false,
    due_at timestamptz,
    missed_since timestamptz,
    CONSTRAINT watched_domains_one PRIMARY KEY (account_id, domain_id),
    CONSTRAINT watched_domains_name UNIQUE (account_id, digest)
) WITH (fillfactor = 80);
CREATE UNIQUE INDEX watched_domains_holder ON watched_domains (digest) WHERE holds;
CREATE INDEX watched_domains_due ON watched_domains (due_at) WHERE due_at IS NOT NULL;

-- What the latest looks found: equal ones in a row are one row, the oldest go.
CREATE TABLE domain_checks (
    account_id uuid NOT NULL,
    domain_id uuid NOT NULL,
    first_at timestamptz NOT NULL,
    last_at timestamptz NOT NULL,
    looks integer NOT NULL CHECK (looks > 0),
    outcome text NOT NULL CHECK (outcome IN ('found', 'missing', 'unclear')),
    digest bytea NOT NULL CHECK (octet_length(digest) = 32),
    sealed bytea NOT NULL,
    key_id uuid NOT NULL,
    CONSTRAINT domain_checks_one PRIMARY KEY (account_id, domain_id, first_at),
    CONSTRAINT domain_checks_domain FOREIGN KEY (account_id, domain_id)
        REFERENCES watched_domains ON DELETE CASCADE
) WITH (fillfactor = 80);

GRANT SELECT, INSERT, UPDATE, DELETE ON watched_domains, domain_checks
    TO daybook_service;
GRANT SELECT ON watched_domains TO daybook_auditor;
CALL keep_accounts_apart('watched_domains', 'domain_checks');

ALTER TABLE account_guards
    ADD sending_domains integer NOT NULL DEFAULT 0 CHECK (sending_domains >= 0);

-- What is read of them.
CREATE TABLE sending_domains (
    account_id uuid NOT NULL,
    generation smallint NOT NULL,
    domain_id uuid NOT NULL,
    position bigint NOT NULL,
    name bytea,
    name_key_id uuid,
    label text NOT NULL,
    state text NOT NULL,
    since timestamptz NOT NULL,
    added_at timestamptz NOT NULL,
    missing text[] NOT NULL DEFAULT '{}',
    contest_until timestamptz,
    CONSTRAINT sending_domains_one PRIMARY KEY (account_id, generation, domain_id)
) WITH (fillfactor = 80);

CREATE TABLE sending_domain_changes (
    account_id uuid NOT NULL,
    generation smallint NOT NULL,
    domain_id uuid NOT NULL,
    position bigint NOT NULL,
    number bigint NOT NULL,
    what text NOT NULL,
    why text,
    at timestamptz NOT NULL,
    CONSTRAINT sending_domain_changes_one
        PRIMARY KEY (account_id, generation, domain_id, number)
);
GRANT SELECT, INSERT, UPDATE, DELETE ON sending_domains, sending_domain_changes
    TO daybook_service;
GRANT SELECT ON sending_domains, sending_domain_changes
    TO daybook_auditor, daybook_reader;
CALL keep_accounts_apart('sending_domains', 'sending_domain_changes');
