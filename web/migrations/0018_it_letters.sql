-- Who wants no mail with DNS records, whichever customer asks for it: people without
-- an account, of whose address only an HMAC is kept. No account's facts, so no column
-- of an account; a row stays, because the wish has no end.
CREATE TABLE it_letter_refusals (
    digest bytea CONSTRAINT it_letter_refusals_one PRIMARY KEY
        CHECK (octet_length(digest) = 32),
    digest_key_id uuid NOT NULL,
    refused_at timestamptz NOT NULL
);
GRANT SELECT, INSERT ON it_letter_refusals TO daybook_service;
