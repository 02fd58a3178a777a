-- What the processor's books and ours said of each day, and where they differ.
CREATE TABLE reconciliations (
    day date NOT NULL,
    ran_at timestamptz NOT NULL,
    movements integer NOT NULL CHECK (movements >= 0),
    settled integer NOT NULL CHECK (settled >= 0),
    differences integer NOT NULL CHECK (differences >= 0),
    CONSTRAINT reconciliations_one PRIMARY KEY (day)
);

-- The nil account where nobody knows whose the movement is.
CREATE TABLE reconciliation_differences (
    account_id uuid NOT NULL,
    day date NOT NULL,
    kind text NOT NULL,
    name text NOT NULL,
    what text NOT NULL CHECK (what IN ('missing here', 'missing there', 'amount')),
    ours_minor bigint,
    theirs_minor bigint,
    currency text NOT NULL,
    CONSTRAINT reconciliation_differences_one
        PRIMARY KEY (account_id, day, kind, name)
);
CREATE INDEX reconciliation_differences_day ON reconciliation_differences (day);

GRANT SELECT, INSERT, UPDATE, DELETE ON reconciliations, reconciliation_differences
    TO daybook_service;
GRANT SELECT ON reconciliations, reconciliation_differences TO daybook_auditor;
CALL keep_accounts_apart('reconciliation_differences');
