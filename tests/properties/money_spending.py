"""Buying, giving and sending credits, foretold by the oracle."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import (
    initialize,
    precondition,
    rule,
)

from commands.adjustments import (
    GrantCredits,
    RemoveCredits,
    grant_credits,
    remove_credits,
)
from commands.credits import (
    CaptureCredits,
    ExtendHold,
    HoldCredits,
    ReleaseHold,
    capture_credits,
    credit_allowance,
    extend_hold,
    hold_credits,
    release_hold,
)
from ledger.refusals import InsufficientCredits
from tests.conftest import context_at
from tests.properties.money_world import PACKS, MoneyWorld
from tests.properties.oracle import FREE, Lot

DAY = timedelta(days=1)
few = st.integers(1, 4)
picks = st.sampled_from([0, 0, 0, 1, 2])
asked = precondition(lambda world: world.any_of_ours())
reserved = precondition(lambda world: world.holds)


class Basics(MoneyWorld):
    """Packs, gifts, holds and time."""

    @initialize(sku=st.sampled_from([*PACKS]))
    def begin_with_a_pack(self, sku: str) -> None:
        self.buy_pack(sku)

    @precondition(lambda world: len(world.sales) < 8)
    @rule(sku=st.sampled_from([*PACKS]))
    def buy(self, sku: str) -> None:
        self.buy_pack(sku)

    @precondition(lambda world: len(world.oracle.lots) < 10)
    @rule(
        kind=st.sampled_from(["promotion", "adjustment"]),
        credits=few,
        days=st.sampled_from([None, 1, 2, 3]),
    )
    def give(
        self, kind: Literal["promotion", "adjustment"], credits: int, days: int | None
    ) -> None:
        expires_at = None if days is None else self.now + days * DAY
        command = GrantCredits(
            account_id=self.account_id,
            kind=kind,
            credits=credits,
            reason="sorry",
            expires_at=expires_at,
        )
        given, _ = self.ask(lambda c: grant_credits(self.journal, command, c))
        assert given is not None
        gift = Lot(int(kind != "promotion"), expires_at, 0, 0, [FREE] * credits, None)
        self.oracle.grant(given.ids["lot"], gift)

    @rule(credits=few, days=st.integers(1, 4))
    def hold_some(self, credits: int, days: int) -> None:
        self.hold(credits, days)

    def hold(self, credits: int, days: int) -> None:
        term, available = days * DAY, len(self.oracle.lines())
        command = HoldCredits(
            account_id=self.account_id,
            campaign_id="spring",
            credits=credits,
            term_seconds=int(term.total_seconds()),
        )
        refusal = None if credits <= available else "InsufficientCredits"
        context = context_at(self.now)
        allowed = credit_allowance(self.journal, self.account_id, credits, context)
        assert allowed.allowed == (refusal is None)
        held, refused = self.ask(
            lambda c: hold_credits(self.journal, command, c), refusal
        )
        if isinstance(refused, InsufficientCredits):
            said = (refused.asked, refused.available, refused.short)
            assert said == (credits, available, credits - available)
        if held:
            self.holds.append(UUID(held.ids["hold"]))
            self.oracle.hold(held.ids["hold"], credits, term)

    @reserved
    @rule(pick=picks, credits=few, final=st.booleans())
    def capture_some(self, pick: int, credits: int, *, final: bool) -> None:
        self.capture(pick, credits, final=final)

    def capture(self, pick: int, credits: int, *, final: bool) -> None:
        hold_id = self.holds[-1 - pick % len(self.holds)]
        command = CaptureCredits(
            account_id=self.account_id, hold_id=hold_id, credits=credits, final=final
        )
        refusal = self.oracle.capture(str(hold_id), credits, final=final)
        self.ask(lambda c: capture_credits(self.journal, command, c), refusal)

    @rule(credits=few)
    def spend(self, credits: int) -> None:
        """Hold and send so many, as far as they are there."""
        count = len(self.holds)
        self.hold(credits, 1)
        if len(self.holds) > count:
            self.capture(0, credits, final=True)

    @reserved
    @rule(pick=picks)
    def release(self, pick: int) -> None:
        hold_id = self.holds[-1 - pick % len(self.holds)]
        command = ReleaseHold(account_id=self.account_id, hold_id=hold_id)
        refusal = self.oracle.release(str(hold_id))
        self.ask(lambda c: release_hold(self.journal, command, c), refusal)

    @rule(days=st.sampled_from([0.5, 1, 1, 3, 30]))
    def wait(self, days: float) -> None:
        self.go_on(self.now + days * DAY)

    def go_on(self, now: datetime) -> None:
        self.bank.now = now
        self.oracle.wait(now)

    @precondition(lambda world: world.last)
    @rule()
    def repeat(self) -> None:
        """Ask again for what was asked last: nothing more comes of it."""
        assert self.last is not None
        request, context, recorded = self.last
        again = request(context)
        assert again.ids in ({}, recorded.ids)

    @rule()
    def follow(self) -> None:
        self.check_views()

    def teardown(self) -> None:
        self.check_views()


class Spending(Basics):
    """And corrections, longer holds and ends, each to its instant."""

    @rule(credits=few)
    def remove(self, credits: int) -> None:
        command = RemoveCredits(
            account_id=self.account_id, credits=credits, reason="a mistake"
        )
        refusal = self.oracle.remove(credits)
        self.ask(lambda c: remove_credits(self.journal, command, c), refusal)

    @reserved
    @rule(pick=picks, days=st.integers(1, 4))
    def extend(self, pick: int, days: int) -> None:
        hold_id = self.holds[-1 - pick % len(self.holds)]
        command = ExtendHold(
            account_id=self.account_id, hold_id=hold_id, term_seconds=days * 86_400
        )
        refusal = self.oracle.extend(str(hold_id), days * DAY)
        self.ask(lambda c: extend_hold(self.journal, command, c), refusal)

    @rule(instants=st.sampled_from([-1, 0]))
    def wait_for_an_end(self, instants: int) -> None:
        ends = [lot.expires_at for lot in self.oracle.lots.values()]
        known = [end for end in (*ends, *self.oracle.ends.values()) if end]
        moments = [end + timedelta(microseconds=instants) for end in known]
        self.go_on(min([at for at in moments if at > self.now], default=self.now))
