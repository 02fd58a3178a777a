-- What is read: views in generations, how far each has read, and who waits.
-- Every view table has the account first in its key, the generation next.
-- Rows of several generations stand beside each other while a view is rebuilt.

CREATE TABLE consumer_positions (
    consumer text NOT NULL,
    cell smallint NOT NULL,
    generation smallint NOT NULL CHECK (generation > 0),
    position bigint NOT NULL DEFAULT 0,
    state text NOT NULL CHECK (state IN ('live', 'filling', 'discarded')),
    moved_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT consumer_positions_one PRIMARY KEY (consumer, cell, generation)
) WITH (fillfactor = 50);
CREATE UNIQUE INDEX consumer_positions_live ON consumer_positions (consumer, cell)
    WHERE state = 'live';
CREATE UNIQUE INDEX consumer_positions_filling ON consumer_positions (consumer, cell)
    WHERE state = 'filling';

-- An account that waits: from this position on its facts were not taken.
CREATE TABLE consumer_parked (
    account_id uuid NOT NULL,
    consumer text NOT NULL,
    generation smallint NOT NULL,
    position bigint NOT NULL,
    topic text NOT NULL,
    trouble text NOT NULL,
    attempts integer NOT NULL DEFAULT 1,
    parked_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    due_at timestamptz,
    CONSTRAINT consumer_parked_one PRIMARY KEY (account_id, consumer, generation)
);
CREATE INDEX consumer_parked_due ON consumer_parked (consumer, generation, due_at);

-- Once a minute: what was known at that moment is all below its horizon.
CREATE TABLE moments (
    minute timestamptz CONSTRAINT moments_minute PRIMARY KEY,
    noted_at timestamptz NOT NULL,
    cell smallint NOT NULL,
    epoch smallint NOT NULL,
    horizon bigint NOT NULL
);

CREATE TABLE account_profiles (
    account_id uuid NOT NULL,
    generation smallint NOT NULL,
    position bigint NOT NULL,
    language text NOT NULL,
    plan text NOT NULL,
    currency text,
    signed_up_at timestamptz NOT NULL,
    sign_up_expires_at timestamptz NOT NULL,
    verified_at timestamptz,
    billing_details_at timestamptz,
    contact bytea,
    contact_key_id uuid,
    details bytea,
    details_key_id uuid,
    CONSTRAINT account_profiles_one PRIMARY KEY (account_id, generation)
) WITH (fillfactor = 80);

CREATE TABLE credit_balances (
    account_id uuid NOT NULL,
    generation smallint NOT NULL,
    balance bigint NOT NULL CHECK (balance >= 0),
    lines bigint NOT NULL,
    threshold bigint,
    CONSTRAINT credit_balances_one PRIMARY KEY (account_id, generation)
) WITH (fillfactor = 80);

CREATE TABLE credit_lots (
    account_id uuid NOT NULL,
    generation smallint NOT NULL,
    lot_id uuid NOT NULL,
    position bigint NOT NULL,
    quantity bigint NOT NULL,
    remaining bigint NOT NULL CHECK (remaining >= 0),
    net_minor bigint NOT NULL,
    currency text NOT NULL,
    source text NOT NULL,
    source_id text NOT NULL,
    label text,
    priority integer NOT NULL,
    granted_at timestamptz NOT NULL,
    effective_at timestamptz NOT NULL,
    expires_at timestamptz,
    CONSTRAINT credit_lots_one PRIMARY KEY (account_id, generation, lot_id)
) WITH (fillfactor = 80);

CREATE TABLE credit_holds (
    account_id uuid NOT NULL,
    generation smallint NOT NULL,
    hold_id uuid NOT NULL,
    campaign text NOT NULL,
    credits bigint NOT NULL,
    uncaptured bigint NOT NULL CHECK (uncaptured >= 0),
    since timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    lapsed boolean NOT NULL DEFAULT false,
    last_line bigint,
    CONSTRAINT credit_holds_one PRIMARY KEY (account_id, generation, hold_id)
) WITH (fillfactor = 80);

-- What a hold reserves of each lot. With returned_at: it came back after the lot's
-- expiry and is lost since then, which the next fact of the balance records.
CREATE TABLE credit_reserved (
    account_id uuid NOT NULL,
    generation smallint NOT NULL,
    hold_id uuid NOT NULL,
    lot_id uuid NOT NULL,
    credits bigint NOT NULL CHECK (credits >= 0),
    returned_at timestamptz,
    CONSTRAINT credit_reserved_one
        PRIMARY KEY (account_id, generation, hold_id, lot_id)
) WITH (fillfactor = 80);

CREATE TABLE credit_orders (
    account_id uuid NOT NULL,
    generation smallint NOT NULL,
    source_id text NOT NULL,
    order_number bigint NOT NULL,
    CONSTRAINT credit_orders_one PRIMARY KEY (account_id, generation, source_id)
);

CREATE TABLE credit_lines (
    account_id uuid NOT NULL,
    generation smallint NOT NULL,
    number bigint NOT NULL,
    position bigint NOT NULL,
    at timestamptz NOT NULL,
    kind text NOT NULL CHECK (kind IN ('granted', 'captured', 'expired')),
    change bigint NOT NULL,
    balance bigint NOT NULL CHECK (balance >= 0),
    source text,
    source_id text,
    label text,
    net_minor bigint,
    currency text,
    expires_at timestamptz,
    campaign text,
    hold_id uuid,
    held bigint,
    released bigint,
    CONSTRAINT credit_lines_one PRIMARY KEY (account_id, generation, number)
) WITH (fillfactor = 90);
CREATE INDEX credit_lines_captured ON credit_lines (account_id, generation, at)
    WHERE kind = 'captured';

CREATE TABLE purchase_history (
    account_id uuid NOT NULL,
    generation smallint NOT NULL,
    number bigint NOT NULL,
    purchase_id uuid NOT NULL,
    position bigint NOT NULL,
    started_at timestamptz NOT NULL,
    status text NOT NULL,
    items jsonb NOT NULL,
    currency text NOT NULL,
    net_minor bigint NOT NULL,
    tax_minor bigint NOT NULL,
    total_minor bigint NOT NULL,
    decline_code text,
    order_number bigint,
    paid_at timestamptz,
    payment_label bytea,
    payment_label_key_id uuid,
    receipt_id uuid,
    receipt_number text,
    document_id uuid,
    CONSTRAINT purchase_history_one PRIMARY KEY (account_id, generation, number),
    CONSTRAINT purchase_history_id UNIQUE (account_id, generation, purchase_id)
) WITH (fillfactor = 80);

CREATE TABLE receipt_list (
    account_id uuid NOT NULL,
    generation smallint NOT NULL,
    number bigint NOT NULL,
    receipt_id uuid NOT NULL,
    purchase_id uuid NOT NULL,
    position bigint NOT NULL,
    receipt_number text NOT NULL,
    kind smallint NOT NULL,
    refers_to text,
    order_number bigint NOT NULL,
    issued_at timestamptz NOT NULL,
    year integer NOT NULL,
    currency text NOT NULL,
    total_minor bigint NOT NULL,
    document_id uuid NOT NULL,
    pdf_sha256 text NOT NULL,
    pdf_bytes bigint NOT NULL,
    CONSTRAINT receipt_list_one PRIMARY KEY (account_id, generation, number),
    CONSTRAINT receipt_list_id UNIQUE (account_id, generation, receipt_id)
);

CREATE TABLE session_list (
    account_id uuid NOT NULL,
    generation smallint NOT NULL,
    session_id uuid NOT NULL,
    position bigint NOT NULL,
    kind text NOT NULL,
    methods text[] NOT NULL,
    begun_at timestamptz NOT NULL,
    origin bytea,
    origin_key_id uuid,
    CONSTRAINT session_list_one PRIMARY KEY (account_id, generation, session_id)
);

GRANT SELECT, INSERT, UPDATE, DELETE ON consumer_positions, consumer_parked,
    account_profiles, credit_balances, credit_lots, credit_holds, credit_reserved,
    credit_orders, credit_lines, purchase_history, receipt_list, session_list
    TO daybook_service;
GRANT SELECT, INSERT ON moments TO daybook_service;
GRANT SELECT ON consumer_positions, consumer_parked, moments, account_profiles,
    credit_balances, credit_lots, credit_holds, credit_reserved, credit_orders,
    credit_lines, purchase_history, receipt_list, session_list TO daybook_auditor;
