"""Who gets the newsletter: the accounts that want it, streamed for an export."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import singledispatchmethod
from uuid import UUID

from ledger import account_facts
from ledger.aggregate import Aggregate
from ledger.journal import Fact
from ledger.journal.rows import Rows
from ledger.profiles import Profile
from projections.accounts import AccountsView
from projections.view import View, surprise

KEEP = """
INSERT INTO newsletter_subscribers (account_id, generation, position)
VALUES (%(account)s, %(generation)s, %(position)s)"""
DROP = """
DELETE FROM newsletter_subscribers
WHERE account_id = %(account)s AND generation = %(generation)s"""
BATCH = """
SELECT s.account_id FROM newsletter_subscribers s JOIN consumer_positions p
    ON p.consumer = 'newsletter' AND p.state = 'live' AND p.generation = s.generation
WHERE s.account_id > %s ORDER BY s.account_id LIMIT %s"""
BATCH_ROWS = 200
HAS = (
    "SELECT count(*) FROM newsletter_subscribers"
    " WHERE account_id = %(account)s AND generation = %(generation)s"
)


@dataclass(frozen=True, kw_only=True)
class Subscriber:
    """Somebody who wants the newsletter; erased ones are not among them."""

    account_id: UUID
    email: str | None
    name: str | None
    language: str


class NewsletterView(View):
    """The accounts that want the newsletter, and nothing else about them."""

    name = "newsletter"
    nouns = frozenset({"profiles"})
    also = frozenset({account_facts.Closed.TOPIC})
    tables = ("newsletter_subscribers",)

    def subscribers(self, accounts: AccountsView) -> Iterator[Subscriber]:
        """Yield all subscribers, a batch in memory at a time."""
        after = UUID(int=0)
        while True:
            with self.connections.for_account(after) as connection:
                rows = connection.execute(BATCH, (after, BATCH_ROWS)).fetchall()
            for (account_id,) in rows:
                profile = accounts.profile(account_id)
                if profile is not None and profile.email is not None:
                    yield Subscriber(
                        account_id=account_id,
                        email=profile.email,
                        name=profile.name,
                        language=profile.language,
                    )
            if len(rows) < BATCH_ROWS:
                return
            after = rows[-1][0]

    def has(self, account_id: UUID) -> bool:
        """Whether this account is among them."""
        with self.reading(account_id) as reading:
            return reading.figure(HAS) > 0

    @singledispatchmethod
    def post(self, event: Aggregate.Event, fact: Fact, rows: Rows) -> None:
        raise surprise(event)

    @post.register(Profile.Begun)
    @post.register(Profile.PictureChanged)
    @post.register(Profile.PictureRemoved)
    @post.register(Profile.LookupChosen)
    @post.register(Profile.ReceiptAddressRequested)
    @post.register(Profile.ReceiptAddressConfirmed)
    @post.register(Profile.ReceiptAddressRemoved)
    def _(self, event: Aggregate.Event, fact: Fact, rows: Rows) -> None:
        pass

    @post.register
    def _(self, event: Profile.NewsletterChosen, fact: Fact, rows: Rows) -> None:
        rows.write(KEEP if event.subscribed else DROP, fact)

    @post.register
    def _(self, event: account_facts.Closed, fact: Fact, rows: Rows) -> None:
        rows.write(DROP, fact, hits=-1)
