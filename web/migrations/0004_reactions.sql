-- What still has to be done because something was recorded: passing state, derivable
-- from the journal and the position of each reaction.

CREATE TABLE reaction_positions (
    reaction text CONSTRAINT reaction_positions_one PRIMARY KEY,
    position bigint NOT NULL
);

CREATE TABLE reaction_tasks (
    account_id uuid NOT NULL,
    reaction text NOT NULL,
    position bigint NOT NULL,
    stream_id uuid NOT NULL,
    version integer NOT NULL,
    due_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    attempts integer NOT NULL DEFAULT 0,
    trouble text,
    CONSTRAINT reaction_tasks_one PRIMARY KEY (account_id, reaction, position)
);
CREATE INDEX reaction_tasks_order ON reaction_tasks (reaction, position);

-- Checkouts that the processor may have settled without our hearing of it.
CREATE TABLE open_checkouts (
    account_id uuid NOT NULL,
    purchase_id uuid NOT NULL,
    checkout_id text NOT NULL,
    ask_at timestamptz NOT NULL,
    CONSTRAINT open_checkouts_one PRIMARY KEY (account_id, checkout_id)
);
CREATE INDEX open_checkouts_ask ON open_checkouts (ask_at);

GRANT SELECT, INSERT, UPDATE, DELETE
    ON reaction_positions, reaction_tasks, open_checkouts TO daybook_service;
GRANT SELECT ON reaction_positions, reaction_tasks TO daybook_auditor;
