-- Money that goes back, and the credits that go with it.

-- Credits of a lot that a claim has frozen or withdrawn: they may come back.
ALTER TABLE credit_lots ADD COLUMN claimed bigint NOT NULL DEFAULT 0
    CHECK (claimed >= 0);
ALTER TABLE credit_lines DROP CONSTRAINT credit_lines_kind_check;
ALTER TABLE credit_lines ADD CONSTRAINT credit_lines_kind_check CHECK (kind IN (
    'granted', 'captured', 'expired', 'removed', 'frozen', 'thawed', 'withdrawn',
    'restored', 'filled'));

CREATE TABLE credit_claims (
    account_id uuid NOT NULL,
    generation smallint NOT NULL,
    claim_id uuid NOT NULL,
    position bigint NOT NULL,
    kind text NOT NULL,
    source_id text NOT NULL,
    lot_id uuid NOT NULL,
    state text NOT NULL,
    credits bigint NOT NULL,
    frozen bigint NOT NULL CHECK (frozen >= 0),
    withdrawn bigint NOT NULL CHECK (withdrawn >= 0),
    CONSTRAINT credit_claims_one PRIMARY KEY (account_id, generation, claim_id)
);

-- Refunds and disputes are entries of their own, beside the purchase.
CREATE TABLE purchase_reversals (
    account_id uuid NOT NULL,
    generation smallint NOT NULL,
    number bigint NOT NULL,
    purchase_id uuid NOT NULL,
    key text NOT NULL,
    position bigint NOT NULL,
    kind text NOT NULL CHECK (kind IN ('refund', 'dispute')),
    status text NOT NULL,
    amount_minor bigint NOT NULL,
    currency text NOT NULL,
    began_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL,
    reason text,
    approvals smallint NOT NULL DEFAULT 0,
    proposed_by text,
    receipt_id uuid,
    receipt_number text,
    document_id uuid,
    CONSTRAINT purchase_reversals_one PRIMARY KEY (account_id, generation, number),
    CONSTRAINT purchase_reversals_key
        UNIQUE (account_id, generation, purchase_id, key)
);

-- Purchases whose refund or dispute is under way: what staff have to look at, and when
-- the processor is asked again. `done` once nothing is under way any more.
CREATE TABLE open_reversals (
    account_id uuid NOT NULL,
    purchase_id uuid NOT NULL,
    why text NOT NULL CHECK (why IN ('proposed', 'approved', 'sent', 'disputed',
        'done')),
    since timestamptz NOT NULL,
    ask_at timestamptz NOT NULL,
    CONSTRAINT open_reversals_one PRIMARY KEY (account_id, purchase_id)
);
CREATE INDEX open_reversals_due ON open_reversals (ask_at) WHERE why <> 'done';
CREATE INDEX open_reversals_since ON open_reversals (since) WHERE why <> 'done';

GRANT SELECT, INSERT, UPDATE, DELETE ON credit_claims, purchase_reversals,
    open_reversals TO daybook_service;
GRANT SELECT ON credit_claims, purchase_reversals, open_reversals TO daybook_auditor;
GRANT SELECT ON credit_claims, purchase_reversals TO daybook_reader;
CALL keep_accounts_apart('credit_claims', 'purchase_reversals', 'open_reversals');
