"""Another address: asked for, confirmed, cancelled, undone and given up."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from commands.email_approvals import approve_email_change, cancel_by_link
from commands.email_changes import (
    CancelEmailChange,
    RequestEmailChange,
    cancel_email_change,
    request_email_change,
)
from commands.email_links import AnswerLink
from commands.email_undos import (
    ReleaseAddresses,
    release_addresses,
    undo_email_change,
)
from tests.properties.identity_paper import UNDO, Left, Link, Person, Sitting, Wish
from tests.properties.identity_sessions import SessionRules
from tests.properties.identity_world import (
    any_link,
    any_live,
    moments,
    names,
    picked,
    picks,
    whose,
)

CONFIRM = timedelta(minutes=60)


class AddressRules(SessionRules):
    """Who wants which address, and from which mailbox it is confirmed or taken back."""

    @precondition(any_live)
    @rule(one=picks, name=names)
    def want(self, one: int, name: str) -> None:
        sitting = picked(self.paper.live(), one)
        person, context = sitting.owner, self.context()
        command = RequestEmailChange(
            account_id=person.account_id,
            session_id=sitting.session_id,
            email=self.email(name),
        )
        done = self.ask(
            lambda: request_email_change(self.journal, command, context),
            "AddressUnchanged" if name == person.address else None,
        )
        if done is not None:
            change_id = UUID(done.ids["change"])
            missing = {"new"} if person.factors else {"new", "old"}
            person.wish = Wish(change_id, name, missing, self.now + CONFIRM)
            self.wish_links(person, name, change_id, sitting)

    def wish_links(
        self, person: Person, name: str, change_id: UUID, asker: Sitting
    ) -> None:
        mails = self.mails(person)
        notice = mails["email_change_notice"]
        other = self.paper.claimant(name) not in (None, person)
        assert ("email_change_confirm" in mails) == (not other)
        assert bool(notice["confirm_token"]) == (not person.factors)
        found = [("cancel", "", notice["token"])]
        if notice["confirm_token"]:
            found.append(("confirm", "old", notice["confirm_token"]))
        if not other:
            found.append(("confirm", "new", mails["email_change_confirm"]["token"]))
        for kind, side, token in found:
            link = Link(kind, person, token, self.now + CONFIRM, person.epoch)
            link.asker = asker if kind == "confirm" else None
            link.change_id, link.side = change_id, side
            self.hand_out(link)

    @precondition(any_link("confirm"))
    @rule(which=picks, when=moments, alone=st.sampled_from([False, False, True]))
    def confirm(self, which: int, when: str = "now", *, alone: bool = False) -> None:
        """Confirm; `alone` when whoever asked was just signed out."""
        link = self.link("confirm", which, when)
        if alone and link.asker is not None:
            self.end_of(link.asker, link.owner)
        person, wish = link.owner, link.owner.wish
        good = link.answers(self.now)
        last = good and wish is not None and wish.missing == {link.side}
        taken = (
            last
            and wish is not None
            and self.paper.claimant(wish.name) not in (None, person)
        )
        command, context = AnswerLink(token=link.token), self.context()
        self.ask(
            lambda: approve_email_change(self.journal, command, context),
            "TokenGone" if not good else "EmailTaken" if taken else None,
        )
        if good and not taken and wish is not None:
            link.used = True
            wish.missing -= {link.side}
            if last:
                self.moved(person, wish)

    def moved(self, person: Person, wish: Wish) -> None:
        """Note the new address, and the undo that the old mailbox got."""
        token, until = self.mails(person)["email_changed_previous"], self.now + UNDO
        person.left.append(Left(wish.change_id, person.address, until))
        person.address, person.wish = wish.name, None
        person.epoch += 1
        undo = Link(
            "undo", person, token["token"], until, None, change_id=wish.change_id
        )
        self.hand_out(undo)

    @precondition(any_live)
    @rule(one=picks, name=names)
    def move(self, one: int, name: str) -> None:
        """Ask for another address, and confirm at once wherever there is a link."""
        known = len(self.paper.links)
        self.want(one, name)
        for link in self.paper.links[known:]:
            at = self.paper.of("confirm").index(link) if link.side else -1
            if at >= 0:
                self.confirm(at)

    @precondition(any_link("cancel"))
    @rule(which=picks, when=moments)
    def cancel(self, which: int, when: str = "now") -> None:
        link = self.link("cancel", which, when)
        good = link.answers(self.now)
        command, context = AnswerLink(token=link.token), self.context()
        refusal = None if good else "TokenGone"
        self.ask(lambda: cancel_by_link(self.journal, command, context), refusal)
        if good:
            link.used, link.owner.wish = True, None

    @precondition(any_link("cancel"))
    @rule(who=whose)
    def cancel_in_the_panel(self, who: int) -> None:
        person, context = self.paper.people[who], self.context()
        command = CancelEmailChange(account_id=person.account_id)
        refusal = None if person.wish else "TokenGone"
        self.ask(lambda: cancel_email_change(self.journal, command, context), refusal)
        person.wish = None

    @precondition(any_link("undo"))
    @rule(which=picks, when=moments, swept=st.booleans())
    def undo(self, which: int, when: str, *, swept: bool) -> None:
        link = self.link("undo", which, when)
        if swept:
            self.give_up(self.paper.people.index(link.owner))
        person, good = link.owner, link.answers(self.now)
        command, context = AnswerLink(token=link.token), self.context()
        refusal = None if good else "TokenGone"
        self.ask(lambda: undo_email_change(self.journal, command, context), refusal)
        if good:
            at = [one.change_id == link.change_id for one in person.left].index(True)
            person.address, person.left = person.left[at].name, person.left[:at]
            person.phrase, person.wish = None, None
            person.epoch, link.used = person.epoch + 1, True
            self.paper.end(person)

    @precondition(any_link("undo"))
    @rule(who=whose)
    def give_up(self, who: int) -> None:
        """What the clock does: addresses whose undo has lapsed are anybody's."""
        person, context = self.paper.people[who], self.context()
        command = ReleaseAddresses(account_id=person.account_id)
        self.ask(lambda: release_addresses(self.journal, command, context), None)
        person.left = [left for left in person.left if self.now < left.until]
