"""Where the paper meets the real commands: asking, mail that comes in, time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID, uuid4

import msgspec
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
)

from commands.accounts import VerifySignUp, verify_sign_up
from commands.credentials import credentials_of, holder_of
from commands.customer_keys import keys_of
from commands.live_sessions import sessions_of
from commands.second_factors import Site
from ledger.accounts import Account
from ledger.aggregate import SYSTEM
from ledger.journal import Context, Journal
from ledger.refusals import Refusal
from tests.commands.people import CHEAP, PHRASE, rows_of, signed_up
from tests.commands.signed import somewhere
from tests.conftest import NOON
from tests.properties.identity_paper import Link, Paper, Person

T = TypeVar("T")
NAMES = ("ann", "ben", "eve")
SITE = Site(rp_id="localhost", origin="http://localhost")
PHRASES = (PHRASE, "Il pleut sur Nantes, encore", "Il neige sur Rennes, enfin")
SESSIONS_MAX = KEYS_MAX = 3
"""Smaller than the real bounds, so that they are met."""
names = st.sampled_from(NAMES)
whose = st.sampled_from([0, 0, 1])
phrases = st.sampled_from(PHRASES)
picks = st.sampled_from([0, 0, 0, 1, 2, 3])
"""Which of several, the newest first: mostly the newest."""
moments = st.sampled_from(["now", "now", "just before its end", "at its end"])
codes = st.sampled_from(["now", "now", "previous", "older", "fresh", "spent", "none"])
MAILS_SQL = (
    "SELECT mail_id, template, sealed, key_id FROM mail_outbox"
    " WHERE account_id = %s AND sealed <> '' AND NOT mail_id = ANY(%s)"
)


def picked(things: Sequence[T], which: int) -> T:
    """Return one of several, of which there is at least one."""
    return things[min(which, len(things) - 1)]


def any_link(*kinds: str) -> Callable[[Any], bool]:
    """Whether a link of this kind was ever made."""
    return lambda world: any(world.paper.of(kind) for kind in kinds)


def any_factor(world: Any) -> bool:
    """Whether anybody has two-factor on."""
    return any(person.factors for person in world.paper.people)


def any_sitting(world: Any) -> bool:
    """Whether anybody ever signed in."""
    return bool(world.paper.sittings)


def any_live(world: Any) -> bool:
    """Whether anybody is signed in."""
    return bool(world.paper.live())


class IdentityWorld(RuleBasedStateMachine):
    """Two people, three addresses; every request is foretold by the paper."""

    journal: Journal

    def __init__(self) -> None:
        super().__init__()
        self.run = uuid4().hex[:12]
        self.paper = Paper(NOON)
        self.read: dict[UUID, list[UUID]] = {}
        self.secrets: set[str] = set(PHRASES)
        for name in NAMES[:2]:
            person = signed_up(self.journal, self.email(name))
            command = VerifySignUp(token=person.token, password=PHRASE)
            verify_sign_up(self.journal, command, self.context(), CHEAP)
            self.paper.people.append(Person(person.account_id, name, PHRASE))
            self.secrets.add(person.token)
            self.mails(self.paper.people[-1])

    @property
    def now(self) -> datetime:
        return self.paper.now

    def email(self, name: str) -> str:
        return f"{name}@{self.run}.example"

    def context(self) -> Context:
        return somewhere(self.now)

    def account(self, person: Person) -> Account:
        return self.journal.fresh(Account, person.account_id)

    def ask(
        self, request: Callable[[], T], refusal: str | None, *more: str
    ) -> T | None:
        """Make a request; what is refused as foretold leaves nothing and returns None.

        The paper counts no tries of passwords, codes and mails: they are forgotten.
        """
        self.forget_tries()
        before = None if refusal is None else self.recorded()
        refused, answer = None, None
        try:
            answer = request()
        except Refusal as said:
            refused = said
        if refused is None:
            assert refusal is None, f"{refusal} was not said"
            return answer
        assert type(refused).__name__ in (refusal, *more), repr(refused)
        assert self.recorded() == before, "a refusal left something"
        return None

    def forget_tries(self) -> None:
        with self.journal.connections.for_account(SYSTEM) as connection:
            connection.execute("DELETE FROM attempt_limits")

    def recorded(self) -> int:
        ids = [person.account_id for person in self.paper.people]
        return sum(len(rows_of(self.journal, "journal", one)) for one in ids)

    def mails(self, person: Person) -> dict[str, dict[str, Any]]:
        """The mails that came in since this was asked last, their values by name."""
        journal, read = self.journal, self.read.setdefault(person.account_id, [])
        with journal.connections.for_account(person.account_id) as connection:
            rows = connection.execute(MAILS_SQL, (person.account_id, read)).fetchall()
        found = {}
        for mail_id, template, sealed, key_id in rows:
            data = journal.vault.open(
                person.account_id, key_id, bytes(sealed), mail_id.bytes
            )
            assert data is not None
            found[template] = msgspec.json.decode(data)["values"]
            read.append(mail_id)
        return found

    def link(self, kind: str, which: int, when: str) -> Link:
        """Pick a link, and wait for its last moment or for the one after it."""
        link = picked(self.paper.of(kind), which)
        if when != "now" and not link.used:
            short = timedelta(microseconds=when == "just before its end")
            self.paper.now = max(self.now, link.until - short)
        return link

    def hand_out(self, link: Link) -> Link:
        self.secrets.add(link.token)
        self.paper.links.append(link)
        return link

    @rule(seconds=st.sampled_from([30, 60, 300, 3540]))
    def wait(self, seconds: int) -> None:
        self.paper.now += timedelta(seconds=seconds)

    @precondition(lambda self: self.paper.links or self.paper.sittings)
    @rule(
        kind=st.sampled_from(["sessions", "links", "undos", "keys"]),
        just_before=st.booleans(),
    )
    def wait_for_an_end(self, kind: str, *, just_before: bool) -> None:
        for at in self.paper.deadlines(kind)[:1]:
            short = timedelta(microseconds=just_before)
            self.paper.now = max(self.now, at - short)

    @invariant()
    def live_sessions_are_those_of_the_paper_last_used_as_noted(self) -> None:
        for person in self.paper.people:
            found = sessions_of(self.journal, person.account_id, self.now)
            noted = self.paper.live(person)
            assert {one.session_id: (one.kind, one.seen_at) for one in found} == {
                one.session_id: (one.kind, one.seen_at) for one in noted
            }
            assert len(found) <= SESSIONS_MAX

    @invariant()
    def each_address_has_the_holder_on_the_paper_or_none(self) -> None:
        for name in NAMES:
            found, noted = (
                holder_of(self.journal, self.email(name)),
                self.paper.holder(name),
            )
            assert (found.id if found else None) == (
                noted.account_id if noted else None
            )
        for person in self.paper.people:
            claims = rows_of(self.journal, "claims", person.account_id)
            assert len(claims) == len(person.kept)

    @invariant()
    def epoch_factors_and_codes_are_those_of_the_paper(self) -> None:
        for person in self.paper.people:
            found = credentials_of(self.journal, self.account(person))
            assert found.epoch == person.epoch
            assert set(found.factors) == set(person.factors)
            assert found.codes_left == sum(person.codes.values())
            assert (found.password is None) == (person.phrase is None)

    @invariant()
    def the_keys_are_those_of_the_paper_last_used_as_noted(self) -> None:
        for person in self.paper.people:
            found = keys_of(self.journal, person.account_id)
            noted = self.paper.keys_of(person)
            assert {known.key.id: known.seen_at for known in found} == {
                key.key_id: key.seen_at for key in noted
            }
            assert len(found) <= KEYS_MAX

    def teardown(self) -> None:
        """No secret that was handed out stands in what was recorded."""
        ids = [person.account_id for person in self.paper.people]
        for account_id in (*ids, SYSTEM):
            with self.journal.connections.for_account(account_id) as connection:
                rows = connection.execute(
                    "SELECT j::text FROM journal j WHERE account_id = %s"
                    " ORDER BY position DESC LIMIT 500",
                    (account_id,),
                ).fetchall()
            text = "\n".join(row[0] for row in rows)
            assert not [secret for secret in self.secrets if secret in text]
