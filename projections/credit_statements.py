"""The SQL of the view of credits."""

from __future__ import annotations

MINE = "account_id = %(account)s AND generation = %(generation)s"
THIS_HOLD = f"{MINE} AND hold_id = %(hold)s"
GIVEN_LOTS = (
    "unnest(%(lots)s::uuid[], %(credits)s::bigint[]) AS given (lot_id, credits)"
)

OPEN = """
INSERT INTO credit_balances (account_id, generation, balance, lines)
VALUES (%(account)s, %(generation)s, 0, 0)"""
THRESHOLD = f"UPDATE credit_balances SET threshold = %(threshold)s WHERE {MINE}"
ORDER = """
INSERT INTO credit_orders (account_id, generation, source_id, order_number)
VALUES (%(account)s, %(generation)s, %(source_id)s, %(order_number)s)"""

COUNTED = f"""
WITH head AS (
    UPDATE credit_balances SET balance = balance + %(change)s, lines = lines + 1
    WHERE {MINE} RETURNING balance, lines)"""
GRANT = f"""{COUNTED}, lot AS (
    INSERT INTO credit_lots (account_id, generation, lot_id, position, quantity,
        remaining, net_minor, currency, source, source_id, label, priority, granted_at,
        effective_at, expires_at)
    VALUES (%(account)s, %(generation)s, %(lot)s, %(position)s, %(change)s,
        %(change)s, %(net_minor)s, %(currency)s, %(source)s, %(source_id)s, %(label)s,
        %(priority)s, %(granted_at)s, %(effective_at)s, %(expires_at)s))
INSERT INTO credit_lines (account_id, generation, number, position, at, kind, change,
    balance, source, source_id, label, net_minor, currency, expires_at)
SELECT %(account)s, %(generation)s, lines, %(position)s, %(at)s, 'granted',
    %(change)s, balance, %(source)s, %(source_id)s, %(label)s, %(net_minor)s,
    %(currency)s, %(expires_at)s
FROM head"""
EXPIRE = f"""{COUNTED}
INSERT INTO credit_lines (account_id, generation, number, position, at, kind, change,
    balance, source, source_id, label)
SELECT %(account)s, %(generation)s, lines, %(position)s, %(lost_at)s, 'expired',
    %(change)s, balance, %(source)s, %(source_id)s, %(label)s
FROM head"""
CAPTURE = f"""{COUNTED}, spent AS (
    UPDATE credit_holds SET uncaptured = uncaptured + %(change)s,
        last_line = head.lines
    FROM head WHERE {THIS_HOLD}
    RETURNING campaign, credits, uncaptured = 0 AND NOT lapsed AS closed)
INSERT INTO credit_lines (account_id, generation, number, position, at, kind, change,
    balance, campaign, hold_id, held, released)
SELECT %(account)s, %(generation)s, head.lines, %(position)s, %(at)s, 'captured',
    %(change)s, head.balance, spent.campaign, %(hold)s,
    CASE WHEN closed THEN spent.credits END, CASE WHEN closed THEN 0 END
FROM head, spent"""
REMOVE = f"""{COUNTED}
INSERT INTO credit_lines (account_id, generation, number, position, at, kind, change,
    balance, label)
SELECT %(account)s, %(generation)s, lines, %(position)s, %(at)s, 'removed',
    %(change)s, balance, %(label)s
FROM head"""
CLAIM = f"""{COUNTED}, claim AS (
    INSERT INTO credit_claims AS c (account_id, generation, claim_id, position, kind,
        source_id, lot_id, state, credits, frozen, withdrawn)
    VALUES (%(account)s, %(generation)s, %(claim)s, %(position)s, %(source)s,
        %(source_id)s, %(lot)s, %(state)s, %(demanded)s, greatest(%(frozen)s, 0),
        greatest(%(withdrawn)s, 0))
    ON CONFLICT ON CONSTRAINT credit_claims_one DO UPDATE SET
        state = excluded.state, credits = excluded.credits,
        frozen = c.frozen + %(frozen)s, withdrawn = c.withdrawn + %(withdrawn)s)
INSERT INTO credit_lines (account_id, generation, number, position, at, kind, change,
    balance, source, source_id)
SELECT %(account)s, %(generation)s, lines, %(position)s, %(at)s, %(kind)s,
    %(change)s, balance, %(source)s, %(source_id)s
FROM head"""
CLAIM_LOTS = f"""
UPDATE credit_lots l SET remaining = l.remaining - given.credits,
    claimed = l.claimed + given.credits
FROM {GIVEN_LOTS} WHERE {MINE} AND l.lot_id = given.lot_id"""

TAKE = f"""
UPDATE credit_lots l SET remaining = l.remaining - given.credits FROM {GIVEN_LOTS}
WHERE {MINE} AND l.lot_id = given.lot_id"""
TAKE_RESERVED = f"""
WITH taken AS ({TAKE} RETURNING l.lot_id, given.credits)
UPDATE credit_reserved r SET credits = r.credits - taken.credits FROM taken
WHERE {THIS_HOLD} AND r.lot_id = taken.lot_id"""
EXHAUSTED = f"""
DELETE FROM credit_lots WHERE {MINE} AND lot_id = ANY(%(lots)s) AND remaining = 0
    AND claimed = 0"""
SPENT = f"""
WITH exhausted AS ({EXHAUSTED}),
    captured AS (DELETE FROM credit_reserved WHERE {THIS_HOLD} AND credits = 0)
DELETE FROM credit_holds WHERE {THIS_HOLD} AND uncaptured = 0"""

HOLD = f"""
WITH hold AS (
    INSERT INTO credit_holds (account_id, generation, hold_id, campaign, credits,
        uncaptured, since, ends_at)
    VALUES (%(account)s, %(generation)s, %(hold)s, %(campaign)s, %(held)s, %(held)s,
        %(at)s, %(ends_at)s))
INSERT INTO credit_reserved (account_id, generation, hold_id, lot_id, credits)
SELECT %(account)s, %(generation)s, %(hold)s, given.lot_id, given.credits
FROM {GIVEN_LOTS}"""
EXTEND = f"UPDATE credit_holds SET ends_at = %(ends_at)s WHERE {THIS_HOLD}"
GIVE_BACK = f"""
UPDATE credit_reserved r SET returned_at = CASE WHEN l.expires_at < ended.at
    THEN ended.at END
FROM {GIVEN_LOTS}, credit_lots l, credit_holds h, LATERAL (SELECT
    CASE WHEN %(lapsed)s THEN h.ends_at ELSE %(at)s::timestamptz END) AS ended (at)
WHERE (r.account_id, r.generation, r.hold_id)
        = (%(account)s, %(generation)s, %(hold)s)
    AND (h.account_id, h.generation, h.hold_id)
        = (%(account)s, %(generation)s, %(hold)s)
    AND (l.account_id, l.generation, l.lot_id)
        = (%(account)s, %(generation)s, given.lot_id)
    AND r.lot_id = given.lot_id AND r.credits = given.credits"""
# A plain number to look for: joined, a planner without statistics reads all lines.
ENDED = f"""
    returned AS (
        DELETE FROM credit_reserved WHERE {THIS_HOLD} AND returned_at IS NULL),
    noted AS (
        UPDATE credit_lines SET held = (SELECT credits FROM ended),
            released = %(released)s
        WHERE {MINE}
            AND number = (SELECT last_line FROM ended WHERE NOT lapsed_before))
SELECT FROM ended"""
CLOSE = f"""
WITH ended AS (DELETE FROM credit_holds WHERE {THIS_HOLD}
    RETURNING credits, last_line, lapsed AS lapsed_before), {ENDED}"""
LAPSE = f"""
WITH ended AS (UPDATE credit_holds SET lapsed = true WHERE {THIS_HOLD} AND NOT lapsed
    RETURNING credits, last_line, false AS lapsed_before), {ENDED}"""
RETURNED_GONE = f"""
DELETE FROM credit_reserved WHERE {MINE} AND lot_id = ANY(%(lots)s)
    AND returned_at IS NOT NULL"""

HEAD = f"SELECT balance, lines, threshold FROM credit_balances WHERE {MINE}"
ORDER_NUMBER = (
    "(SELECT o.order_number FROM credit_orders o WHERE"
    " (o.account_id, o.generation, o.source_id)"
    " = (r.account_id, r.generation, r.source_id)) AS order_number"
)
LOTS = f"""
SELECT lot_id, position, quantity, remaining, net_minor, currency, source, source_id,
    label, {ORDER_NUMBER}, priority, granted_at, effective_at, expires_at
FROM credit_lots r WHERE {MINE}"""
HOLDS = f"""
SELECT hold_id, campaign, credits, uncaptured, since, ends_at FROM credit_holds
WHERE {MINE} ORDER BY since, hold_id"""
RESERVED = (
    f"SELECT hold_id, lot_id, credits, returned_at FROM credit_reserved WHERE {MINE}"
)
CLAIMS = f"""
SELECT claim_id, kind, source_id, lot_id, state, credits, frozen, withdrawn
FROM credit_claims WHERE {MINE} ORDER BY position, claim_id"""
LINES = f"""
SELECT number, position, at, kind, change, balance, source, source_id, label,
    {ORDER_NUMBER}, net_minor, currency, expires_at, campaign, held, released
FROM credit_lines r WHERE {MINE} AND number < %(before)s
ORDER BY number DESC LIMIT %(size)s"""
SENT = f"""
SELECT coalesce(-sum(change), 0)::bigint AS credits,
    count(DISTINCT campaign) AS campaigns
FROM credit_lines WHERE {MINE} AND kind = 'captured' AND at >= %(since)s"""
