"""Sign-ins, second factors, passwords: what the two people do, and what comes of it."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule

from commands.elevations import ElevateSession, elevate_session
from commands.live_sessions import live_session
from commands.panel_links import EnterByLink, enter_by_link, make_panel_link
from commands.password_changes import (
    ChangePassword,
    RequestReset,
    ResetPassword,
    change_password,
    request_reset,
    reset_password,
)
from commands.second_factors import Proof
from commands.session_begins import BegunSession
from commands.session_ends import (
    EndOtherSessions,
    EndSession,
    end_other_sessions,
    end_session,
)
from commands.sessions import BeginSession, FinishSignIn, begin_session, finish_sign_in
from tests.commands.people import CHEAP
from tests.properties.identity_paper import Link, Person, Sitting
from tests.properties.identity_world import (
    SESSIONS_MAX,
    SITE,
    IdentityWorld,
    any_link,
    any_live,
    any_sitting,
    codes,
    moments,
    names,
    phrases,
    picked,
    picks,
    whose,
)

CHALLENGE = timedelta(minutes=10)
RESET = timedelta(minutes=30)
RESETS_MAX = 4
LINK = timedelta(seconds=60)
kinds = st.sampled_from(["browser", "device"])
ips = st.sampled_from([None, "192.0.2.1", "192.0.2.2"])


class SessionRules(IdentityWorld):
    """What begins, asks and ends; both people begin signed in."""

    @initialize()
    def be_signed_in(self) -> None:
        for person in self.paper.people:
            self.sign_in(person.address, "", "browser", right=True)

    def begun(
        self, person: Person, kind: str, begun: BegunSession, ip: str | None
    ) -> Sitting:
        """Note a session; the one that began first makes room for it."""
        assert ip is not None
        live = sorted(self.paper.live(person), key=lambda one: one.begun_at)
        for oldest in live[: max(0, len(live) - SESSIONS_MAX + 1)]:
            oldest.ended = True
        self.secrets.add(begun.token)
        sitting = Sitting(
            owner=person,
            session_id=begun.session_id,
            kind=kind,
            tokens=[begun.token],
            begun_at=self.now,
            seen_at=self.now,
            home=ip,
            ip=ip,
            shown_at=self.now,
        )
        self.paper.sittings.append(sitting)
        # No two begin at one moment: which of them is the oldest would be chance.
        self.paper.now += timedelta(microseconds=1)
        return sitting

    @rule(
        name=names,
        phrase=phrases,
        right=st.sampled_from([True, True, False]),
        kind=kinds,
    )
    def sign_in(self, name: str, phrase: str, kind: str, *, right: bool) -> None:
        holder = self.paper.holder(name)
        phrase = holder.phrase or phrase if holder and right else phrase
        fits = holder is not None and phrase == holder.phrase
        command = BeginSession(email=self.email(name), password=phrase, kind=kind)
        context = self.context()
        found = self.ask(
            lambda: begin_session(self.journal, command, context, CHEAP),
            None if fits else "WrongCredentials",
        )
        if holder is None or not fits:
            return
        assert found is not None
        assert isinstance(found, BegunSession) == (not holder.factors)
        if isinstance(found, BegunSession):
            self.begun(holder, kind, found, context.ip)
            return
        until = self.now + CHALLENGE
        half = Link("half", holder, found.token, until, holder.epoch, session_kind=kind)
        self.hand_out(half)

    @precondition(any_link("half"))
    @rule(which=picks, kind=codes)
    def finish_sign_in(self, which: int, kind: str) -> None:
        half = picked(self.paper.of("half"), which)
        code, good = self.paper.code(half.owner, kind)
        is_open = half.is_open(self.now)
        command = FinishSignIn(token=half.token, proof=Proof(code=code))
        context = self.context()
        found = self.ask(
            lambda: finish_sign_in(self.journal, command, context, SITE, CHEAP),
            "TokenGone" if not is_open else None if good else "WrongCode",
        )
        half.tries += 1
        if found is not None:
            half.used = True
            self.paper.spend(half.owner, kind, code)
            self.begun(half.owner, half.session_kind, found, context.ip)

    @precondition(any_sitting)
    @rule(
        one=picks,
        ip=ips,
        late=st.sampled_from([0, 0, 90]),
        which=st.sampled_from([-1, -1, 0]),
    )
    def request(self, one: int, ip: str | None, late: int, which: int) -> None:
        """A request, at times of a process whose clock is a little late."""
        sitting = picked(self.paper.sittings[::-1], one)
        at, token = self.now - timedelta(seconds=late), sitting.tokens[which]
        good = sitting.is_live(at) and token == sitting.tokens[-1]
        found = live_session(self.journal, token, at, sitting.kind, ip=ip)
        assert (found is not None) == good
        other = "device" if sitting.kind == "browser" else "browser"
        assert live_session(self.journal, token, at, other) is None
        if found is not None:
            assert found.is_recent(at) == sitting.is_recent(at)
            sitting.seen(at, ip)

    @precondition(any_sitting)
    @rule(one=picks, wrong=st.booleans(), kind=codes)
    def show_again_who_it_is(self, one: int, kind: str, *, wrong: bool) -> None:
        sitting = picked(self.paper.sittings[::-1], one)
        person = sitting.owner
        if not sitting.ended and not sitting.is_live(self.now):
            return
        phrase = "" if wrong or person.phrase is None else person.phrase
        code, good = self.paper.code(person, kind)
        refusal = "WrongCode" if person.factors and not good else None
        refusal = "WrongCredentials" if phrase != person.phrase else refusal
        others = ("NoSuchSession",) if sitting.ended else ()
        command = ElevateSession(
            account_id=person.account_id,
            session_id=sitting.session_id,
            password=phrase,
            proof=Proof(code=code),
        )
        account, context = self.account(person), self.context()
        asked = (self.journal, account, command, context, SITE, CHEAP)
        foretold = refusal or next(iter(others), None)
        found = self.ask(lambda: elevate_session(*asked), foretold, *others)
        if found is None:
            return
        self.secrets.add(found.token)
        sitting.tokens.append(found.token)
        sitting.shown_at = self.now
        if person.factors:
            self.paper.spend(person, kind, code)

    @precondition(any_sitting)
    @rule(one=picks, by=whose)
    def end(self, one: int, by: int) -> None:
        sitting = picked(self.paper.sittings[::-1], one)
        self.end_of(sitting, self.paper.people[by])

    def end_of(self, sitting: Sitting, asker: Person) -> None:
        command = EndSession(account_id=asker.account_id, session_id=sitting.session_id)
        context, own = self.context(), asker is sitting.owner
        refusal = None if own else "NoSuchSession"
        self.ask(lambda: end_session(self.journal, command, context), refusal)
        sitting.ended = sitting.ended or own

    @precondition(lambda self: len(self.paper.live()) > len(self.paper.people))
    @rule(one=picks)
    def end_others(self, one: int) -> None:
        sitting = picked(self.paper.live(), one)
        person, context = sitting.owner, self.context()
        command = EndOtherSessions(
            account_id=person.account_id, session_id=sitting.session_id
        )
        self.ask(lambda: end_other_sessions(self.journal, command, context), None)
        self.paper.end(person, but=sitting)
        person.epoch += 1

    @precondition(lambda self: self.devices())
    @rule(one=picks)
    def make_panel_link(self, one: int) -> None:
        sitting = picked(self.devices(), one)
        person, context = sitting.owner, self.context()
        token = make_panel_link(
            self.journal, person.account_id, sitting.session_id, context
        )
        until = self.now + LINK
        self.hand_out(Link("panel", person, token, until, person.epoch, asker=sitting))

    def devices(self) -> list[Sitting]:
        return [one for one in self.paper.live() if one.kind == "device"]

    @precondition(any_link("panel"))
    @rule(which=picks, when=moments)
    def enter_the_panel(self, which: int, when: str = "now") -> None:
        link = self.link("panel", which, when)
        good = link.is_open(self.now)
        command, context = EnterByLink(token=link.token), self.context()
        found = self.ask(
            lambda: enter_by_link(self.journal, command, context),
            None if good else "TokenGone",
        )
        if found is not None:
            link.used = True
            sitting = self.begun(link.owner, "browser", found, context.ip)
            sitting.shown_at = None


class PasswordRules(SessionRules):
    """Another password, chosen or mailed."""

    @precondition(any_live)
    @rule(one=picks, phrase=phrases, end_others=st.booleans())
    def change_password(self, one: int, phrase: str, *, end_others: bool) -> None:
        sitting = picked(self.paper.live(), one)
        person, context = sitting.owner, self.context()
        command = ChangePassword(
            account_id=person.account_id,
            session_id=sitting.session_id,
            password=phrase,
            end_others=end_others,
        )
        same = phrase == person.phrase
        self.ask(
            lambda: change_password(self.journal, command, context, CHEAP),
            "WeakPassword" if same else None,
        )
        if not same:
            person.phrase, person.epoch = phrase, person.epoch + 1
            if end_others:
                self.paper.end(person, but=sitting)

    @precondition(lambda self: len(self.paper.of("reset")) < RESETS_MAX)
    @rule(name=names)
    def ask_for_a_reset(self, name: str) -> None:
        command, context = RequestReset(email=self.email(name)), self.context()
        self.ask(lambda: request_reset(self.journal, command, context), None)
        holder = self.paper.holder(name)
        if holder is not None:
            token = self.mails(holder)["password_reset"]["token"]
            until = self.now + RESET
            self.hand_out(Link("reset", holder, token, until, holder.epoch))

    @precondition(any_link("reset"))
    @rule(which=picks, phrase=phrases, when=moments)
    def reset(self, which: int, phrase: str, when: str) -> None:
        link = self.link("reset", which, when)
        person, good = link.owner, link.is_open(self.now)
        same = "WeakPassword" if phrase == person.phrase else None
        command = ResetPassword(token=link.token, password=phrase)
        context, refusal = self.context(), same if good else "TokenGone"
        self.ask(lambda: reset_password(self.journal, command, context, CHEAP), refusal)
        if refusal is None:
            link.used, person.phrase = True, phrase
            if person.wish is not None and self.now < person.wish.until:
                person.wish = None
            person.epoch += 1
            self.paper.end(person)
