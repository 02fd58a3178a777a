-- Whose person is to be erased, and which year's receipts, and when.
-- A row goes once all is done, so that a crash at any instant is made good.
CREATE TABLE erasures_due (
    account_id uuid NOT NULL,
    what text NOT NULL,
    due_at timestamptz NOT NULL,
    told_at timestamptz,
    CONSTRAINT erasures_due_one PRIMARY KEY (account_id, what)
);
CREATE INDEX erasures_due_at ON erasures_due (due_at);
GRANT SELECT, INSERT, UPDATE, DELETE ON erasures_due TO daybook_service;
GRANT SELECT ON erasures_due TO daybook_auditor;
CALL keep_accounts_apart('erasures_due');

-- One purpose of all accounts, and what has run out.
CREATE INDEX data_keys_by_purpose ON data_keys (purpose, account_id);
CREATE INDEX tokens_expiry ON tokens (expires_at);
