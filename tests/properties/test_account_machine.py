"""Any order of sign-ups for a few addresses, against what one would note on paper."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    invariant,
    rule,
    run_state_machine_as_test,
)

from commands import limiter
from commands.accounts import VerifySignUp, sign_up, sign_up_of, verify_sign_up
from commands.credentials import holder_of
from commands.live_sessions import live_session
from commands.session_begins import BegunSession
from commands.sessions import BeginSession, begin_session
from ledger.accounts import Account
from ledger.journal import Context, Journal
from tests.commands.people import CHEAP, PHRASE, asking, mails_of, rows_of
from tests.commands.signed import somewhere
from tests.conftest import NOON, THOROUGH, context_at
from tests.specification import refusal_of

OTHER = "Il pleut sur Nantes, encore"
names = st.sampled_from(["ann", "ben", "eve"])
spellings: st.SearchStrategy[Callable[[str], str]] = st.sampled_from(
    [str.lower, str.upper, str.title]
)
phrases = st.sampled_from([PHRASE, PHRASE, OTHER])


@dataclass
class Line:
    """One sign-up on the paper; without a token its address had a holder."""

    account_id: UUID
    name: str
    phrase: str
    token: str
    until: datetime
    verified: bool = False


class AccountMachine(RuleBasedStateMachine):
    """The paper has a line a sign-up, a holder a name, and the time."""

    journal: Journal
    lines: Bundle[Line] = Bundle("lines")

    def __init__(self) -> None:
        super().__init__()
        self.run = uuid4().hex[:12]
        self.now = NOON
        self.noted: list[Line] = []
        self.holders: dict[str, Line] = {}

    def email(self, name: str) -> str:
        return f"{name}@{self.run}.example"

    def context(self, key: str | None = None) -> Context:
        return context_at(self.now, key=key)

    @rule(target=lines, name=names, spelling=spellings, phrase=phrases)
    def sign_up(self, name: str, spelling: Callable[[str], str], phrase: str) -> Line:
        command = asking(spelling(self.email(name)), password=phrase)
        key = uuid4().hex
        recorded = sign_up(self.journal, command, self.context(key), CHEAP)
        again = sign_up(self.journal, command, self.context(key), CHEAP)
        assert (again.repeated, again.ids) == (True, recorded.ids)
        account_id = UUID(recorded.ids["account"])
        mails = mails_of(self.journal, account_id)
        assert len(mails) == (name not in self.holders)
        token = mails[0]["values"]["token"] if mails else ""
        until = self.now + timedelta(hours=24)
        line = Line(account_id, name, phrase, token, until)
        self.noted.append(line)
        return line

    @rule(hours=st.sampled_from([1, 11, 12]))
    def wait(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @rule(line=lines, phrase=phrases)
    def verify(self, line: Line, phrase: str) -> None:
        good = bool(line.token) and not line.verified and self.now < line.until
        assert (sign_up_of(self.journal, line.token, self.now) is not None) == good
        refusal = "EmailTaken" if line.name in self.holders else None
        refusal = "WrongCredentials" if phrase != line.phrase else refusal
        refusal = refusal if good else "TokenGone"
        command = VerifySignUp(token=line.token, password=phrase)
        context = self.context()
        self.ask(lambda: verify_sign_up(self.journal, command, context, CHEAP), refusal)
        if refusal is None:
            line.verified, self.holders[line.name] = True, line

    @rule(name=names, spelling=spellings, phrase=phrases)
    def sign_in(self, name: str, spelling: Callable[[str], str], phrase: str) -> None:
        holder = self.holders.get(name)
        fits = holder is not None and phrase == holder.phrase
        command = BeginSession(email=spelling(self.email(name)), password=phrase)
        # The paper counts no tries: each comes from elsewhere, and is forgotten.
        limiter.clear(
            self.journal, ("sign_in_account", self.email(name)), ("sign_in_all", "")
        )
        context, begun = somewhere(self.now), []
        self.ask(
            lambda: begun.append(begin_session(self.journal, command, context, CHEAP)),
            None if fits else "WrongCredentials",
        )
        for session in begun:
            assert isinstance(session, BegunSession)
            signed = live_session(self.journal, session.token, self.now)
            assert signed is not None
            assert holder is not None
            assert signed.account_id == holder.account_id

    def ask(self, request: Callable[[], Any], refusal: str | None) -> None:
        refused = refusal_of(request)
        assert (type(refused).__name__ if refused else None) == refusal

    @invariant()
    def each_address_has_the_holder_on_the_paper_or_none(self) -> None:
        for name in ("ann", "ben", "eve"):
            found = holder_of(self.journal, self.email(name))
            noted = self.holders.get(name)
            assert (found.id if found else None) == (
                noted.account_id if noted else None
            )

    @invariant()
    def each_sign_up_recorded_what_the_paper_says(self) -> None:
        for line in self.noted:
            account = self.journal.fresh(Account, line.account_id)
            assert (account.verified, account.version) == (
                line.verified,
                1 + line.verified,
            )
            claims = rows_of(self.journal, "claims", line.account_id)
            assert len(claims) == line.verified


def test_any_order_of_sign_ups_gives_what_the_paper_says(journal: Journal) -> None:
    class Machine(AccountMachine):
        pass

    Machine.journal = journal
    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=500 if THOROUGH else 40,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )
