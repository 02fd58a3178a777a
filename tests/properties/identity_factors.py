"""Two-factor: on by a code, off, and the recovery codes."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pyotp
from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule

from commands.factors import (
    ConfirmCode,
    RemoveFactor,
    TurnOff,
    begin_code,
    confirm_code,
    remove_factor,
    turn_off,
)
from commands.recovery_codes import IssueCodes, issue_codes
from tests.commands.people import CHEAP
from tests.properties.identity_paper import Factor, Link
from tests.properties.identity_sessions import CHALLENGE, SessionRules, kinds
from tests.properties.identity_world import any_factor, any_link, picked, picks, whose


class FactorRules(SessionRules):
    """What the two people do about their second factors."""

    @initialize(people=st.sampled_from([(), (0,), (0, 1)]))
    def have_factors(self, people: tuple[int, ...]) -> None:
        for who in people:
            self.begin_factor(who)
            self.confirm_factor(0, right=True)
            self.issue_codes(who)
            self.sign_in_with_code(who, "browser")

    @rule(who=whose, kind=kinds, code=st.sampled_from(["now", "fresh"]))
    def sign_in_with_code(self, who: int, kind: str, code: str = "now") -> None:
        """Both halves at once, by a code that was not used before, and once more."""
        person = self.paper.people[who]
        self.paper.now += timedelta(seconds=30)
        for shown in (code, "spent" if code == "fresh" else code):
            known = len(self.paper.links)
            self.sign_in(person.address, "", kind, right=True)
            for link in self.paper.links[known:]:
                self.finish_sign_in(self.paper.of("half").index(link), shown)

    @rule(who=whose)
    def begin_factor(self, who: int) -> None:
        person = self.paper.people[who]
        begun = begin_code(self.journal, self.account(person), self.context())
        self.secrets.add(begun.seed)
        until, shows = self.now + CHALLENGE, pyotp.TOTP(begun.seed)
        link = Link("enrol", person, begun.token, until, person.epoch, shows=shows)
        self.hand_out(link)

    @precondition(any_link("enrol"))
    @rule(which=picks, right=st.sampled_from([True, True, False]))
    def confirm_factor(self, which: int, *, right: bool) -> None:
        enrolment = picked(self.paper.of("enrol"), which)
        person, shows = enrolment.owner, enrolment.shows
        assert shows is not None
        command = ConfirmCode(
            account_id=person.account_id,
            token=enrolment.token,
            code=shows.at(self.now) if right else "000000",
        )
        refusal = None if right else "WrongCode"
        # Nothing asks for the epoch before the code is compared.
        known = enrolment.epoch == person.epoch
        gone = not enrolment.is_open(self.now) and (known or right)
        account, context = self.account(person), self.context()
        done = self.ask(
            lambda: confirm_code(self.journal, account, command, context),
            "TokenGone" if gone else refusal,
            *(() if known else ("TokenGone",)),
        )
        enrolment.tries += 1
        if done is not None:
            factor_id = UUID(done.ids["factor"])
            step = int(self.now.timestamp()) // 30
            person.factors[factor_id] = Factor(factor_id, shows, step)
            person.epoch, enrolment.used = person.epoch + 1, True

    @precondition(any_factor)
    @rule(who=whose)
    def issue_codes(self, who: int) -> None:
        person, context = self.paper.people[who], self.context()
        command = IssueCodes(account_id=person.account_id)
        found = self.ask(
            lambda: issue_codes(self.journal, command, context, CHEAP),
            None if person.factors else "TwoFactorIsOff",
        )
        if found is not None:
            person.codes = dict.fromkeys(found.codes, True)
            self.secrets |= set(found.codes)

    @precondition(any_factor)
    @rule(who=whose)
    def turn_off(self, who: int) -> None:
        person, context = self.paper.people[who], self.context()
        command = TurnOff(account_id=person.account_id)
        refusal = None if person.factors else "TwoFactorIsOff"
        self.ask(lambda: turn_off(self.journal, command, context), refusal)
        if refusal is None:
            person.without_factors()

    @precondition(any_factor)
    @rule(who=whose)
    def remove_factor(self, who: int) -> None:
        person, context = self.paper.people[who], self.context()
        for factor_id in list(person.factors)[:1]:
            command = RemoveFactor(account_id=person.account_id, factor_id=factor_id)
            self.ask(lambda: remove_factor(self.journal, command, context), None)  # noqa: B023 - it is called at once
            if len(person.factors) == 1:
                person.without_factors()
            else:
                del person.factors[factor_id]
                person.epoch += 1
