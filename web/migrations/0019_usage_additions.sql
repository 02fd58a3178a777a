-- The contacts that a report added to its period, sealed like the fact they follow
-- from. A period's set is read from these rows; they are dropped with its keys.
CREATE TABLE usage_additions (
    account_id uuid NOT NULL,
    period_from timestamptz NOT NULL,
    version integer NOT NULL,
    sealed bytea NOT NULL,
    key_id uuid NOT NULL,
    CONSTRAINT usage_additions_one PRIMARY KEY (account_id, period_from, version)
);
ALTER TABLE usage_additions ALTER sealed SET STORAGE EXTERNAL;
GRANT SELECT, INSERT, DELETE ON usage_additions TO daybook_service;
CALL keep_accounts_apart('usage_additions');

-- A row for each contact, in clear: the rows above are made from the journal when a
-- period that is older than they are is reported into.
DROP TABLE usage_contacts;
