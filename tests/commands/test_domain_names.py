"""Who holds a name, and a name above it."""

from __future__ import annotations

from commands.domain_names import (
    digest_of,
    holder_of,
    holders_above,
    known_domain,
    names_above,
    nearest_holder,
)
from ledger.journal import Journal
from tests.commands.people import rows_of
from tests.commands.sending import Sender, new_name


def test_names_above_end_before_the_last_label() -> None:
    assert names_above("a.b.example.com") == ["b.example.com", "example.com"]
    assert names_above("example.com") == []


def test_a_name_is_known_to_its_account_alone_and_held_once_it_is_verified(
    journal: Journal,
) -> None:
    ann, bob, name = Sender(journal), Sender(journal), new_name()
    domain_id = ann.add(name)
    assert known_domain(journal, ann.account_id, name) == domain_id
    assert known_domain(journal, bob.account_id, name) is None
    assert holder_of(journal, name) is None
    ann.look(domain_id)
    assert holder_of(journal, name) == (ann.account_id, domain_id, name)


def test_the_nearest_holder_above_a_name_comes_first(journal: Journal) -> None:
    name = new_name()
    ann, bob = Sender(journal), Sender(journal)
    far, near = ann.verified(name), bob.verified(f"news.{name}")
    above = holders_above(journal, f"a.news.{name}")
    assert [one.domain_id for one in above] == [near, far]
    nearest = nearest_holder(journal, f"news.{name}")
    assert nearest is not None
    assert nearest.domain_id == near
    assert holders_above(journal, name) == []


def test_the_rows_keep_no_name_in_clear(journal: Journal) -> None:
    ann, name = Sender(journal), new_name()
    ann.verified(name)
    (row,) = rows_of(journal, "watched_domains", ann.account_id)
    assert bytes(row["digest"]) == digest_of(journal, name).data
    for table in ("watched_domains", "domain_checks", "journal", "directory"):
        assert name not in str(rows_of(journal, table, ann.account_id))
        assert name.encode().hex() not in str(rows_of(journal, table, ann.account_id))
