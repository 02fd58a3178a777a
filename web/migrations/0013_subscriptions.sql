-- When the processor is asked about a subscription that nobody told us of.
CREATE TABLE watched_subscriptions (
    account_id uuid NOT NULL,
    product text NOT NULL CHECK (product IN ('plan', 'smtp')),
    processor_id text NOT NULL,
    ask_at timestamptz NOT NULL,
    CONSTRAINT watched_subscriptions_one PRIMARY KEY (account_id, product)
);
CREATE INDEX watched_subscriptions_due ON watched_subscriptions (ask_at);

GRANT SELECT, INSERT, UPDATE, DELETE ON watched_subscriptions TO daybook_service;
GRANT SELECT ON watched_subscriptions TO daybook_auditor;
CALL keep_accounts_apart('watched_subscriptions');
