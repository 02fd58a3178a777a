"""When this is recorded, do that: kept as tasks, repeated until done, in order.

A scan turns new facts into task rows and moves its position in one transaction.
A task that fails waits with a growing pause; later ones of that account and reaction
wait behind it, all others go on. A rebuild of views never touches any of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid5

import msgspec
from psycopg import Connection

from commands.credit_notes import IssueCreditNote, issue_credit_note
from commands.gateways.processor import Payments
from commands.owners import profile_of
from commands.purchases import purchase_of
from commands.receipts import IssueReceipt, Render, issue_receipt
from commands.refunds import send_refund
from ledger.aggregate import SYSTEM
from ledger.journal import Actor, Context, Fact, Journal, Reader
from ledger.purchases import Purchase
from ledger.receipts import Receipt

BATCH_FACTS = 500
BACK_OFF_SECONDS_MAX = 900
LOCK = 0x0DA1_EAC7

Now = Callable[[], Any]


@dataclass(frozen=True)
class Reaction:
    """A deed, and the topic of the facts that call for it."""

    name: str
    topic: str
    react: Callable[[Fact], None]


class Reactions:
    """Finds what is to be done, and does it."""

    def __init__(
        self,
        journal: Journal,
        reader: Reader,
        clock: Now,
        reactions: Sequence[Reaction],
    ) -> None:
        self._journal = journal
        self._reader = reader
        self._clock = clock
        self._reactions = reactions
        self._topics = {reaction.topic for reaction in reactions}

    def step(self) -> int:
        """Scan for new facts and do what is due; return how much there was to do."""
        with self._journal.connections.for_account(SYSTEM) as connection:
            found = self._scan(connection)
        return found + sum(self._work(reaction) for reaction in self._reactions)

    def _scan(self, connection: Connection[Any]) -> int:
        with connection.transaction():
            locked = connection.execute(
                "SELECT pg_try_advisory_xact_lock(%s)", (LOCK,)
            ).fetchone()
            if locked is None or not locked[0]:
                return 0
            after = self._position(connection)
            facts = self._reader.batch(connection, after, BATCH_FACTS)
            if not facts:
                return 0
            for fact in facts:
                if fact.topic in self._topics:
                    self._note(connection, fact)
            connection.execute(
                "UPDATE reaction_positions SET position = %s WHERE reaction = 'all'",
                (facts[-1].position,),
            )
        return len(facts)

    @staticmethod
    def _position(connection: Connection[Any]) -> int:
        connection.execute(
            "INSERT INTO reaction_positions VALUES ('all', 0) ON CONFLICT DO NOTHING"
        )
        row = connection.execute(
            "SELECT position FROM reaction_positions WHERE reaction = 'all'"
        ).fetchone()
        assert row is not None
        return int(row[0])

    def _note(self, connection: Connection[Any], fact: Fact) -> None:
        for reaction in self._reactions:
            if reaction.topic == fact.topic:
                connection.execute(
                    "INSERT INTO reaction_tasks"
                    " (account_id, reaction, position, stream_id, version, due_at)"
                    " VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
                    (
                        fact.account_id,
                        reaction.name,
                        fact.position,
                        fact.stream_id,
                        fact.version,
                        self._clock(),
                    ),
                )

    def _work(self, reaction: Reaction) -> int:
        """Do the due tasks of one reaction, oldest first, one account's in order."""
        now = self._clock()
        with self._journal.connections.for_account(SYSTEM) as connection:
            tasks = connection.execute(
                "SELECT account_id, position, stream_id, version, attempts"
                " FROM reaction_tasks t WHERE reaction = %s AND due_at <= %s"
                " AND NOT EXISTS (SELECT FROM reaction_tasks b WHERE"
                " b.account_id = t.account_id AND b.reaction = t.reaction"
                " AND b.position < t.position) ORDER BY position LIMIT 50",
                (reaction.name, now),
            ).fetchall()
        for account_id, position, stream_id, version, attempts in tasks:
            trouble = self._try(reaction, stream_id, version)
            with self._journal.connections.for_account(account_id) as connection:
                key = (account_id, reaction.name, position)
                self._settle(connection, key, attempts + 1, trouble)
        return len(tasks)

    def _try(self, reaction: Reaction, stream_id: UUID, version: int) -> str | None:
        with self._journal.connections.for_account(SYSTEM) as connection:
            facts = self._reader.of_stream(connection, stream_id)
        fact = facts[version - 1]
        try:
            if fact.event is None:
                return fact.trouble
            reaction.react(fact)
        except Exception as error:  # any trouble waits for its next try, and is shown
            return f"{type(error).__name__}: {error}"[:300]
        return None

    def _settle(
        self,
        connection: Connection[Any],
        key: tuple[UUID, str, int],
        attempts: int,
        trouble: str | None,
    ) -> None:
        where = " WHERE account_id = %s AND reaction = %s AND position = %s"
        if trouble is None:
            connection.execute("DELETE FROM reaction_tasks" + where, key)
            return
        pause = timedelta(seconds=min(2**attempts, BACK_OFF_SECONDS_MAX))
        connection.execute(
            "UPDATE reaction_tasks SET attempts = %s, trouble = %s, due_at = %s"
            + where,
            (attempts, trouble, self._clock() + pause, *key),
        )


def reaction_context(fact: Fact, reaction: str, now: Any) -> Context:
    """Return the envelope of what a fact causes: its id makes the deed idempotent."""
    return Context(
        principal=f"system:{reaction}",
        key=str(fact.event_id),
        actor=Actor("system", reaction),
        now=now,
        correlation_id=fact.correlation_id,
        causation_id=fact.event_id,
    )


def all_reactions(
    journal: Journal,
    clock: Now,
    payments: Payments,
    seller: Mapping[str, Any],
    render: Render,
) -> list[Reaction]:
    """Return every reaction of the service."""

    def when_purchase_paid_issue_receipt(fact: Fact) -> None:
        assert isinstance(fact.event, Purchase.Paid)
        command = IssueReceipt(account_id=fact.account_id, purchase_id=fact.stream_id)
        context = reaction_context(fact, "issue_receipt", clock())
        issue_receipt(journal, command, context, seller, render)

    def when_receipt_issued_mail_it(fact: Fact) -> None:
        assert isinstance(fact.event, Receipt.Issued)
        mail_receipt(journal, fact, fact.event)

    def when_refund_approved_send_it(fact: Fact) -> None:
        assert isinstance(fact.event, Purchase.RefundApproved)
        context = reaction_context(fact, "send_refund", clock())
        named = (fact.account_id, fact.stream_id, fact.event.refund_id)
        send_refund(journal, payments, *named, context)

    def when_money_went_back_issue_credit_note(fact: Fact) -> None:
        assert isinstance(fact.event, Purchase.Refunded)
        command = IssueCreditNote(
            account_id=fact.account_id, purchase_id=fact.stream_id, key=fact.event.key
        )
        context = reaction_context(fact, "issue_credit_note", clock())
        issue_credit_note(journal, command, context, seller, render, fact.event.parts)

    def when_refund_came_back_take_note_back(fact: Fact) -> None:
        assert isinstance(fact.event, Purchase.RefundFailed)
        if not fact.event.after_success:
            return
        purchase = purchase_of(journal, fact.account_id, fact.stream_id)
        command = IssueCreditNote(
            account_id=fact.account_id,
            purchase_id=fact.stream_id,
            key=fact.event.key,
            taken_back=True,
        )
        context = reaction_context(fact, "take_note_back", clock())
        parts = purchase.refunds[fact.event.key].parts
        issue_credit_note(journal, command, context, seller, render, parts)

    return [
        Reaction("issue_receipt", "purchases.Paid", when_purchase_paid_issue_receipt),
        Reaction("mail_receipt", "receipts.Issued", when_receipt_issued_mail_it),
        Reaction(
            "send_refund", "purchases.RefundApproved", when_refund_approved_send_it
        ),
        Reaction(
            "issue_credit_note",
            "purchases.Refunded",
            when_money_went_back_issue_credit_note,
        ),
        Reaction(
            "take_note_back",
            "purchases.RefundFailed",
            when_refund_came_back_take_note_back,
        ),
    ]


def mail_receipt(journal: Journal, fact: Fact, issued: Receipt.Issued) -> None:
    """Write the mails that carry a receipt, one for each address that wants it.

    Written again they stay the same mails.
    """
    if issued.buyer is None or not issued.buyer.get("email"):
        return
    profile = profile_of(journal, fact.account_id)
    for to in profile.receipt_recipients(issued.buyer["email"]):
        own = to == issued.buyer["email"]
        name = "mail" if own else f"mail:{to}"
        _write_receipt_mail(journal, fact, issued, to, uuid5(fact.event_id, name))


def _write_receipt_mail(
    journal: Journal, fact: Fact, issued: Receipt.Issued, to: str, mail_id: UUID
) -> None:
    assert issued.buyer is not None
    values = {
        "name": issued.buyer.get("name") or "",
        "order_number": str(issued.order_number),
        "receipt_number": issued.number,
        "paid_at": issued.paid_at,
        "lines": [{**line, "kind": "item"} for line in issued.lines],
        "tax_minor": issued.totals["tax_minor"],
        "total_minor": issued.totals["total_minor"],
        "currency": issued.currency,
        "purchase_id": str(issued.purchase_id),
        "receipt_id": str(fact.stream_id),
    }
    data = msgspec.json.encode({"to": to, "values": values})
    purpose = issued.purpose()
    sealed = journal.vault.seal(fact.account_id, purpose, data, mail_id.bytes)
    with journal.connections.for_account(fact.account_id) as connection:
        connection.execute(
            "INSERT INTO mail_outbox"
            " (account_id, mail_id, template, language, sealed, key_id)"
            " VALUES (%s, %s, 'receipt', %s, %s, %s) ON CONFLICT DO NOTHING",
            (fact.account_id, mail_id, issued.language, *sealed),
        )
