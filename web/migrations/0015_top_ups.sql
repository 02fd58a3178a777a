-- When automatic top-up is looked at, whether or not anybody tells us before.
CREATE TABLE watched_top_ups (
    account_id uuid NOT NULL,
    ask_at timestamptz NOT NULL,
    CONSTRAINT watched_top_ups_one PRIMARY KEY (account_id)
);
CREATE INDEX watched_top_ups_due ON watched_top_ups (ask_at);

GRANT SELECT, INSERT, UPDATE, DELETE ON watched_top_ups TO daybook_service;
GRANT SELECT ON watched_top_ups TO daybook_auditor;
CALL keep_accounts_apart('watched_top_ups');
