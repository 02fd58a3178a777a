-- What keeps accounts apart for those who read, and who tried what how often.

-- The account that a transaction reads for, NULL while none was named.
CREATE FUNCTION account_shown() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
    RETURN nullif(current_setting('daybook.account', true), '')::uuid;

-- Later migrations call it for each of their tables that is read by account. The
-- owner sees all rows, any other role that has no policy sees none.
CREATE PROCEDURE keep_accounts_apart(VARIADIC tables text[]) LANGUAGE plpgsql AS $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY tables LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY the_service_works_for_all ON %I'
            ' TO daybook_service USING (true)', name);
        EXECUTE format('CREATE POLICY a_reader_sees_one_account ON %I FOR SELECT'
            ' TO daybook_reader USING (account_id = account_shown())', name);
        EXECUTE format('CREATE POLICY an_auditor_sees_all_or_one ON %I FOR SELECT'
            ' TO daybook_auditor USING ((SELECT account_shown()) IS NULL'
            ' OR account_id = (SELECT account_shown()))', name);
    END LOOP;
END $$;
REVOKE ALL ON PROCEDURE keep_accounts_apart FROM PUBLIC;

CALL keep_accounts_apart('account_profiles', 'credit_balances', 'credit_lots',
    'credit_holds', 'credit_reserved', 'credit_orders', 'credit_lines',
    'purchase_history', 'receipt_list', 'session_list', 'newsletter_subscribers',
    'consumer_parked');
CALL keep_accounts_apart('journal', 'journal_commands', 'directory',
    'data_keys_destroyed', 'reaction_tasks', 'account_guards', 'staff_access_log',
    'refused_captures');

GRANT SELECT ON account_profiles, credit_balances, credit_lots, credit_holds,
    credit_reserved, credit_orders, credit_lines, purchase_history, receipt_list,
    session_list, newsletter_subscribers, consumer_parked, consumer_positions,
    journal_epoch TO daybook_reader;

-- A directory by bucket and a digest of who tried: how often in the present window.
CREATE TABLE attempt_limits (
    bucket text NOT NULL,
    subject bytea NOT NULL CHECK (octet_length(subject) = 16),
    hits integer NOT NULL CHECK (hits > 0),
    ends_at timestamptz NOT NULL,
    CONSTRAINT attempt_limits_one PRIMARY KEY (bucket, subject)
) WITH (fillfactor = 50);
CREATE INDEX attempt_limits_end ON attempt_limits (ends_at);

GRANT SELECT, INSERT, UPDATE, DELETE ON attempt_limits TO daybook_service;
