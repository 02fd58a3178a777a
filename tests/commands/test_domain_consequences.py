"""Who is told of what becomes of a domain, once each."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from commands.closing import CloseAccount, close_account
from commands.domain_consequences import domain_reactions
from commands.reactions import Reactions
from ledger.domains import TERM
from ledger.journal import Journal, Reader
from tests.commands.people import mails_of, rows_of
from tests.commands.sending import Sender
from tests.conftest import context_at

DAY, HOUR, QUARTER = timedelta(days=1), timedelta(hours=1), timedelta(minutes=15)
NAME = "hollis.com"


class Post:
    """Ann and Bob with the reactions of domains, and what they are mailed."""

    def __init__(self, journal: Journal) -> None:
        self.journal = journal
        self.ann, self.bob = Sender(journal), Sender(journal)

    def told(self, who: Sender) -> list[str]:
        """React to everything; return the mails about domains, oldest first."""
        self.react(who)
        return [mail["template"] for mail in self.mails(who)]

    def react(self, who: Sender) -> None:
        reader = Reader(self.journal.connections, self.journal.facts)
        reactions = domain_reactions(self.journal, lambda: who.now)
        worker = Reactions(self.journal, reader, lambda: who.now, reactions)
        while worker.step():
            pass
        assert rows_of(self.journal, "reaction_tasks", who.account_id) == []

    def mails(self, who: Sender) -> list[dict[str, Any]]:
        found = mails_of(self.journal, who.account_id)
        return [mail for mail in found if mail["template"].startswith("domain_")]


@pytest.fixture
def post(empty_journal: Journal) -> Post:
    return Post(empty_journal)


def test_a_holder_is_told_when_a_domain_is_verified_lost_and_back(post: Post) -> None:
    it = post.ann.verified(NAME)
    post.ann.looks(it, "missing", DAY, QUARTER)
    assert post.told(post.ann) == ["domain_verified", "domain_degraded"]
    degraded = post.mails(post.ann)[1]["values"]
    assert (degraded["domain"], degraded["domain_id"]) == (NAME, str(it))
    assert degraded["missing"] == ["dkim1", "dkim2"]
    assert degraded["label"] == post.ann.domain(it).label
    assert degraded["fails_at"].startswith(f"{post.ann.now + TERM:%Y-%m-%dT%H:%M}")
    post.ann.looks(it, "found", HOUR)
    assert post.told(post.ann)[2:] == ["domain_verified"]
    assert post.mails(post.ann)[2]["values"]["again"] is True


@pytest.mark.parametrize("why", ["never_found", "lost"])
def test_a_holder_is_told_when_a_domain_has_failed(post: Post, why: str) -> None:
    it = post.ann.add(NAME)
    if why == "lost":
        post.ann.looks(it, "found", HOUR)
        post.ann.looks(it, "missing", DAY, QUARTER)
    post.ann.looks(it, "missing", TERM)
    assert post.told(post.ann)[-1] == "domain_failed"
    assert post.mails(post.ann)[-1]["values"]["why"] == why


def test_both_sides_of_a_contest_are_told_and_the_holder_when_it_is_lost(
    post: Post,
) -> None:
    ann, bob = post.ann, post.bob
    hers, his = ann.verified(NAME), bob.add(NAME)
    bob.look(his)
    assert post.told(ann)[1:] == ["domain_contested"]
    assert post.told(bob) == ["domain_contest_opened"]
    ann.looks(hers, "missing", QUARTER, QUARTER)
    bob.looks(his, "found", TERM)
    assert post.told(ann)[2:] == ["domain_degraded", "domain_transferred"]
    assert post.told(bob)[1:] == ["domain_verified"]
    assert str(bob.account_id) not in str(post.mails(ann))
    assert str(ann.account_id) not in str(post.mails(bob))


def test_whoever_holds_the_nearest_name_above_is_told_of_one_below(post: Post) -> None:
    cat = Sender(post.journal)
    post.ann.verified(NAME)
    post.bob.verified(f"shop.{NAME}")
    cat.verified(f"news.shop.{NAME}")
    assert post.told(post.ann) == ["domain_verified", "domain_below"]
    assert post.told(post.bob) == ["domain_verified", "domain_below"]
    below = post.mails(post.bob)[1]["values"]
    assert (below["below"], below["domain"]) == (f"news.shop.{NAME}", f"shop.{NAME}")


def test_nobody_is_told_of_his_own_domain_below_another_of_his(post: Post) -> None:
    post.ann.verified(NAME)
    post.ann.verified(f"news.{NAME}")
    assert post.told(post.ann) == ["domain_verified"] * 2


def test_a_contender_who_removes_his_domain_ends_the_contest(post: Post) -> None:
    hers, his = post.ann.verified(NAME), post.bob.add(NAME)
    post.bob.look(his)
    post.bob.remove(his)
    assert post.ann.domain(hers).contest is not None
    post.told(post.ann)
    assert post.ann.domain(hers).contest is None


def test_a_contender_is_looked_at_once_the_holder_is_gone(post: Post) -> None:
    hers, his = post.ann.verified(NAME), post.bob.add(NAME)
    post.bob.looks(his, "found", QUARTER)
    post.ann.now = post.bob.now
    close = CloseAccount(account_id=post.ann.account_id)
    close_account(post.journal, close, context_at(post.ann.now))
    assert post.ann.domain(hers).removed
    post.told(post.ann)
    (row,) = rows_of(post.journal, "watched_domains", post.bob.account_id)
    assert row["due_at"] == post.ann.now
    assert post.bob.looks(his, "found", HOUR) == "verified"


def test_an_erased_person_is_told_nothing(post: Post) -> None:
    it = post.ann.add(NAME)
    post.ann.look(it)
    before = len(rows_of(post.journal, "mail_outbox", post.ann.account_id))
    post.journal.vault.destroy(post.ann.account_id, "profile")
    post.react(post.ann)
    after = rows_of(post.journal, "mail_outbox", post.ann.account_id)
    assert len(after) == before
