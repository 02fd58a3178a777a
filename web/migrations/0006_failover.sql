-- Who can vouch, after a failover, that nothing acknowledged was lost.

-- Whether the processes vouched for the server, or 'daybook migrate' adopted it.
ALTER TABLE journal_epoch ADD vouched boolean NOT NULL DEFAULT false;

-- A row for each process that appends. A beat that is found on a promoted standby
-- shows that all commits acknowledged before it, to anybody, are there as well.
CREATE TABLE journal_witnesses (
    witness uuid CONSTRAINT journal_witnesses_one PRIMARY KEY,
    epoch smallint NOT NULL,
    beat bigint NOT NULL,
    beaten_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    synchronous boolean NOT NULL,
    vouched_timeline bigint,
    lacking boolean NOT NULL DEFAULT false
) WITH (fillfactor = 50);

-- Takes one process's word and, when it was the last one needed, adopts the server.
-- `refusal` is NULL when the server is adopted, else the reason why it is not;
-- `taken` tells whether the word was written down here.
CREATE FUNCTION journal_vouch(
    who uuid, held_epoch integer, held_beat bigint,
    held_positions bigint[], held_commands uuid[],
    OUT refusal text, OUT taken boolean
) LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE
    before journal_epoch;
    here bigint := ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))
        ::bit(32)::bigint;
    identifier bigint := (SELECT system_identifier FROM pg_control_system());
    newest timestamptz;
    xid bigint;
    base bigint;
    is_lacking boolean;
BEGIN
    taken := false;
    LOCK TABLE journal_epoch IN EXCLUSIVE MODE;
    SELECT * INTO before FROM journal_epoch ORDER BY epoch DESC LIMIT 1;
    IF before.timeline = here AND before.system_identifier = identifier THEN
        RETURN;
    ELSIF before.system_identifier IS DISTINCT FROM identifier
        OR here <= before.timeline THEN
        refusal := 'it is no promoted standby of that server';
        RETURN;
    ELSIF held_epoch <> before.epoch OR held_beat < 1 THEN
        refusal := 'this process appended nothing there that it could vouch for';
        RETURN;
    END IF;

    is_lacking := NOT EXISTS (
        SELECT FROM journal_witnesses w
        WHERE w.witness = who AND w.epoch = held_epoch AND w.beat >= held_beat
    ) OR EXISTS (
        SELECT FROM unnest(held_positions, held_commands) AS held (position, command)
        WHERE NOT EXISTS (
            SELECT FROM journal j
            WHERE j.position = held.position AND j.command_id = held.command
        )
    );
    INSERT INTO journal_witnesses AS w
        (witness, epoch, beat, synchronous, vouched_timeline, lacking)
        VALUES (who, held_epoch, 0, false, here, is_lacking)
        ON CONFLICT (witness) DO UPDATE
        SET epoch = held_epoch, vouched_timeline = here, lacking = is_lacking;
    taken := true;

    -- Who was silent for a minute before the newest beat had nothing acknowledged
    -- since: without a beat of the last ten seconds no process appends.
    SELECT max(beaten_at) INTO newest FROM journal_witnesses w
        WHERE w.epoch = held_epoch;
    IF EXISTS (SELECT FROM journal_witnesses w WHERE w.epoch = held_epoch
        AND w.vouched_timeline = here AND w.lacking) THEN
        refusal := 'something that a process was answered for is missing';
        RETURN;
    ELSIF EXISTS (SELECT FROM journal_witnesses w WHERE w.epoch = held_epoch
        AND w.beaten_at >= newest - interval '60 s' AND NOT w.synchronous) THEN
        refusal := 'commits did not wait for a synchronous standby';
        RETURN;
    ELSIF EXISTS (SELECT FROM journal_witnesses w WHERE w.epoch = held_epoch
        AND w.beaten_at >= newest - interval '60 s'
        AND w.vouched_timeline IS DISTINCT FROM here) THEN
        refusal := 'other processes that appended there have yet to vouch';
        RETURN;
    END IF;

    LOCK TABLE journal IN EXCLUSIVE MODE;
    xid := pg_current_xact_id()::text::bigint;
    base := greatest(0, (1::bigint << 32) - xid + greatest(
        (SELECT max(j.position) >> 20 FROM journal j),
        (SELECT max(e.first_xid) FROM journal_epoch e)
    ));
    INSERT INTO journal_epoch
        (epoch, base, first_xid, timeline, system_identifier, vouched)
        VALUES (before.epoch + 1, base, base + xid, here, identifier, true);
END $$;
REVOKE EXECUTE ON FUNCTION journal_vouch FROM PUBLIC;

GRANT SELECT, INSERT, UPDATE, DELETE ON journal_witnesses TO daybook_service;
GRANT SELECT ON journal_witnesses TO daybook_auditor;
GRANT EXECUTE ON FUNCTION journal_vouch TO daybook_service;
