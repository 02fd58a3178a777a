"""Erasing again what a restored backup brought back."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from uuid import UUID

from commands.closing import PERSON
from commands.erasure import (
    RECEIPTS,
    Erasures,
    destroy,
    plan,
    system_context,
    take_steps,
)
from ledger.journal import Journal


def repeat_erasures(journal: Journal, erasures: Erasures, now: datetime) -> int:
    """Destroy again what the list names and a restored backup brought back.

    Return how many accounts that were. What was destroyed stays so, and costs a look.
    """
    listed: dict[UUID, list[str]] = defaultdict(list)
    for erasure in erasures.noted:
        listed[erasure.account_id].append(erasure.purpose)
    count = 0
    for account_id, purposes in listed.items():
        back = sorted(set(purposes) - _destroyed(journal, account_id))
        if not back:
            continue
        is_person = any(not purpose.startswith(RECEIPTS) for purpose in back)
        whats = [PERSON] if is_person else []
        whats += [purpose for purpose in back if purpose.startswith(RECEIPTS)]
        for what in whats:
            plan(journal, account_id, what, now)
        destroy(journal, account_id, back)
        for what in whats:
            context = system_context(account_id, now)
            take_steps(journal, erasures, account_id, what, context)
        count += 1
    return count


def _destroyed(journal: Journal, account_id: UUID) -> set[str]:
    with journal.connections.for_account(account_id) as connection:
        rows = connection.execute(
            "SELECT purpose FROM data_keys_destroyed WHERE account_id = %s",
            (account_id,),
        ).fetchall()
    return {purpose for (purpose,) in rows}
