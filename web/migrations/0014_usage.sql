-- The contacts of periods that are not settled yet: which of a batch are new.
-- Rows follow from usage.Reported alone and are dropped with the period's keys.
CREATE TABLE usage_contacts (
    account_id uuid NOT NULL,
    period_from timestamptz NOT NULL,
    contact uuid NOT NULL,
    CONSTRAINT usage_contacts_one PRIMARY KEY (account_id, period_from, contact)
);
GRANT SELECT, INSERT, DELETE ON usage_contacts TO daybook_service;
CALL keep_accounts_apart('usage_contacts');

-- When a period is over, and when nothing corrects it any more.
CREATE TABLE watched_usage (
    account_id uuid NOT NULL,
    period_from timestamptz NOT NULL,
    due_at timestamptz NOT NULL,
    CONSTRAINT watched_usage_one PRIMARY KEY (account_id, period_from)
);
CREATE INDEX watched_usage_due ON watched_usage (due_at);
GRANT SELECT, INSERT, UPDATE, DELETE ON watched_usage TO daybook_service;
GRANT SELECT ON watched_usage TO daybook_auditor;
CALL keep_accounts_apart('watched_usage');

-- What is read of it.
CREATE TABLE usage_periods (
    account_id uuid NOT NULL,
    generation smallint NOT NULL,
    period_id uuid NOT NULL,
    position bigint NOT NULL,
    number bigint NOT NULL,
    period_from timestamptz NOT NULL,
    period_until timestamptz NOT NULL,
    tier_contacts bigint NOT NULL,
    reported bigint NOT NULL DEFAULT 0 CHECK (reported >= 0),
    contacts bigint NOT NULL DEFAULT 0 CHECK (contacts >= 0),
    closed_at timestamptz,
    settled_at timestamptz,
    CONSTRAINT usage_periods_one PRIMARY KEY (account_id, generation, period_id),
    CONSTRAINT usage_periods_number UNIQUE (account_id, generation, number)
) WITH (fillfactor = 80);

CREATE TABLE usage_days (
    account_id uuid NOT NULL,
    generation smallint NOT NULL,
    period_id uuid NOT NULL,
    day date NOT NULL,
    added bigint NOT NULL CHECK (added > 0),
    CONSTRAINT usage_days_one PRIMARY KEY (account_id, generation, period_id, day)
) WITH (fillfactor = 80);

-- What late reports changed; `after` is missing only within a fact's own commit.
CREATE TABLE usage_corrections (
    account_id uuid NOT NULL,
    generation smallint NOT NULL,
    period_id uuid NOT NULL,
    position bigint NOT NULL,
    corrected_at timestamptz NOT NULL,
    before bigint NOT NULL,
    after bigint,
    CONSTRAINT usage_corrections_one
        PRIMARY KEY (account_id, generation, period_id, position)
);
GRANT SELECT, INSERT, UPDATE, DELETE ON usage_periods, usage_days, usage_corrections
    TO daybook_service;
GRANT SELECT ON usage_periods, usage_days, usage_corrections
    TO daybook_auditor, daybook_reader;
CALL keep_accounts_apart('usage_periods');
CALL keep_accounts_apart('usage_days');
CALL keep_accounts_apart('usage_corrections');
