-- What guards an account beside its journal: credentials, factors, keys, pictures.

-- What several streams of one account share, decided under this row's lock.
CREATE TABLE account_guards (
    account_id uuid CONSTRAINT account_guards_one PRIMARY KEY,
    credential_epoch integer NOT NULL DEFAULT 1,
    api_keys integer NOT NULL DEFAULT 0 CHECK (api_keys >= 0),
    disabled boolean NOT NULL DEFAULT false
) WITH (fillfactor = 80);
INSERT INTO account_guards (account_id)
    SELECT DISTINCT account_id FROM claims WHERE kind = 'email';

ALTER TABLE sessions
    ADD elevated_at timestamptz,
    ADD seen_origin bytea,
    ADD seen_origin_key_id uuid;
CREATE INDEX sessions_live ON sessions (account_id, begun_at) WHERE ended_at IS NULL;

-- What changed after the sign-up; NULL while nothing did.
ALTER TABLE account_profiles
    ADD email bytea,
    ADD email_key_id uuid,
    ADD website bytea,
    ADD website_key_id uuid,
    ADD disabled_at timestamptz,
    ADD closed_at timestamptz,
    ADD erase_at timestamptz,
    ADD erased_at timestamptz;

CREATE TABLE newsletter_subscribers (
    account_id uuid NOT NULL,
    generation smallint NOT NULL,
    position bigint NOT NULL,
    CONSTRAINT newsletter_subscribers_one PRIMARY KEY (account_id, generation)
);

-- Between two answers: what was shown already, what is still asked for.
CREATE TABLE challenges (
    account_id uuid NOT NULL,
    digest bytea NOT NULL CHECK (octet_length(digest) = 32),
    kind text NOT NULL,
    credential_epoch integer NOT NULL,
    sealed bytea NOT NULL,
    key_id uuid NOT NULL,
    expires_at timestamptz NOT NULL,
    tries integer NOT NULL DEFAULT 0,
    used_at timestamptz,
    CONSTRAINT challenges_once PRIMARY KEY (account_id, digest)
);
CREATE INDEX challenges_expiry ON challenges (expires_at);
CREATE INDEX challenges_timed ON challenges (kind, expires_at)
    WHERE kind IN ('email_undo', 'factor_reset');

-- The newest step of an authenticator, or the newest count of a passkey.
CREATE TABLE factor_counters (
    account_id uuid NOT NULL,
    factor_id uuid NOT NULL,
    counter bigint NOT NULL,
    CONSTRAINT factor_counters_one PRIMARY KEY (account_id, factor_id)
);

CREATE TABLE recovery_codes (
    account_id uuid NOT NULL,
    secret_id uuid NOT NULL,
    number smallint NOT NULL,
    used_at timestamptz,
    CONSTRAINT recovery_codes_one PRIMARY KEY (account_id, secret_id, number)
);

CREATE TABLE pictures (
    account_id uuid NOT NULL,
    picture_id uuid NOT NULL,
    sealed bytea NOT NULL,
    key_id uuid NOT NULL,
    CONSTRAINT pictures_one PRIMARY KEY (account_id, picture_id)
);
ALTER TABLE pictures ALTER sealed SET STORAGE EXTERNAL;

-- A customer's keys that were not revoked, and their latest use, to the minute.
CREATE TABLE api_key_uses (
    account_id uuid NOT NULL,
    key_id uuid NOT NULL,
    seen_at timestamptz,
    origin bytea,
    origin_key_id uuid,
    CONSTRAINT api_key_uses_one PRIMARY KEY (account_id, key_id)
) WITH (fillfactor = 70);

-- What members of staff looked at; the account column is the member's own.
CREATE TABLE staff_access_log (
    account_id uuid NOT NULL,
    entry_id uuid NOT NULL,
    session_id uuid NOT NULL,
    at timestamptz NOT NULL,
    subject_id uuid,
    what text NOT NULL,
    CONSTRAINT staff_access_log_one PRIMARY KEY (account_id, entry_id)
);
CREATE INDEX staff_access_log_subject ON staff_access_log (subject_id, at);
CREATE INDEX staff_access_log_session ON staff_access_log (account_id, session_id, at);

-- Captures that came too late and found too little, for staff to look into.
CREATE TABLE refused_captures (
    account_id uuid NOT NULL,
    command_id uuid NOT NULL,
    hold_id uuid NOT NULL,
    asked bigint NOT NULL,
    available bigint NOT NULL,
    ended_at timestamptz NOT NULL,
    refused_at timestamptz NOT NULL,
    CONSTRAINT refused_captures_one PRIMARY KEY (account_id, command_id)
);
CREATE INDEX refused_captures_at ON refused_captures (refused_at);

GRANT SELECT, INSERT, UPDATE ON account_guards, factor_counters, recovery_codes,
    api_key_uses TO daybook_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON challenges TO daybook_service;
GRANT SELECT, INSERT, DELETE ON pictures, refused_captures TO daybook_service;
GRANT SELECT, INSERT ON staff_access_log TO daybook_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON newsletter_subscribers TO daybook_service;
GRANT SELECT ON newsletter_subscribers TO daybook_auditor;
GRANT DELETE ON factor_counters, recovery_codes, api_key_uses, sessions, tokens
    TO daybook_service;
GRANT SELECT ON account_guards, staff_access_log, refused_captures TO daybook_auditor;
