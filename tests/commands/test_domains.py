"""Adding and removing the domains of an account."""

from __future__ import annotations

from uuid import uuid4

import pytest

from commands import limits
from commands.closing import CloseAccount, close_account
from commands.domain_names import holder_of
from commands.domains import (
    AddDomain,
    RemoveDomain,
    add_domain,
    domain_of,
    domains_of,
    known,
    remove_domain,
)
from commands.gateways import tokens
from ledger.domains import LABEL_CHARACTERS
from ledger.journal import Journal
from ledger.refusals import (
    AccountClosed,
    CommandReused,
    DomainExists,
    DomainIsOurs,
    NoSuchAccount,
    NoSuchDomain,
    TooManyDomains,
)
from tests.commands.people import rows_of
from tests.commands.sending import OURS, Sender, new_name
from tests.commands.signed import at_once, topics
from tests.conftest import NOON, context_at


def test_an_added_domain_has_a_label_of_its_own_and_is_soon_looked_at(
    journal: Journal,
) -> None:
    ann, name = Sender(journal), new_name()
    one, other = ann.domain(ann.add(name)), ann.domain(ann.add(new_name()))
    assert (one.name, one.state) == (name, "pending")
    assert len({one.label, other.label}) == 2
    rows = rows_of(journal, "watched_domains", ann.account_id)
    assert all(row["due_at"] > NOON and not row["holds"] for row in rows)
    assert [d.id for d in domains_of(journal, ann.account_id)] == [one.id, other.id]


def test_a_label_has_128_bits_in_letters_that_dns_tells_apart() -> None:
    labels = {tokens.new_label() for _ in range(100)}
    assert len(labels) == 100
    assert {len(label) for label in labels} == {LABEL_CHARACTERS}
    assert set("".join(labels)) <= set("abcdefghijklmnopqrstuvwxyz234567")


def test_adding_twice_under_one_key_is_one_domain(journal: Journal) -> None:
    ann, name, key = Sender(journal), new_name(), uuid4().hex
    command = AddDomain(account_id=ann.account_id, name=name)
    first = add_domain(journal, command, context_at(NOON, key=key), OURS)
    again = add_domain(journal, command, context_at(NOON, key=key), OURS)
    assert (again.ids, again.repeated) == (first.ids, True)
    other = AddDomain(account_id=ann.account_id, name=new_name())
    with pytest.raises(CommandReused):
        add_domain(journal, other, context_at(NOON, key=key), OURS)


def test_a_name_is_added_once_by_an_account_and_again_when_it_was_removed(
    journal: Journal,
) -> None:
    ann, name = Sender(journal), new_name()
    first = ann.add(name)
    with pytest.raises(DomainExists) as refused:
        ann.add(name)
    assert refused.value.domain_id == first
    ann.remove(first)
    second = ann.add(name)
    assert ann.domain(second).label != ann.domain(first).label


def test_what_was_typed_is_taken_by_the_name_in_it(journal: Journal) -> None:
    ann, name = Sender(journal), new_name()
    domain_id = ann.add(f" https://Ann@{name.upper()}./ ")
    assert ann.domain(domain_id).name == name
    with pytest.raises(DomainExists):
        ann.add(name)
    with pytest.raises(DomainIsOurs):
        ann.add("mail.daybook.net")


def test_two_accounts_may_wait_for_the_same_name(journal: Journal) -> None:
    name = new_name()
    for sender in (Sender(journal), Sender(journal)):
        assert sender.domain(sender.add(name)).state == "pending"


def test_the_order_of_refusals_when_adding(journal: Journal) -> None:
    ann, name = Sender(journal), new_name()
    nobodys = AddDomain(account_id=uuid4(), name=name)
    with pytest.raises(NoSuchAccount):
        add_domain(journal, nobodys, context_at(NOON), OURS)
    for _ in range(limits.DOMAINS_MAX - 1):
        ann.add(new_name())
    ann.add(name)
    with pytest.raises(DomainExists):
        ann.add(name)
    with pytest.raises(TooManyDomains) as refused:
        ann.add(new_name())
    assert refused.value.domains_max == limits.DOMAINS_MAX


def test_a_removed_domain_makes_room(journal: Journal) -> None:
    ann = Sender(journal)
    added = [ann.add(new_name()) for _ in range(limits.DOMAINS_MAX)]
    ann.remove(added[0])
    ann.add(new_name())
    with pytest.raises(TooManyDomains):
        ann.add(new_name())


def test_many_at_once_stay_within_the_limit(journal: Journal) -> None:
    ann = Sender(journal)
    won, lost = at_once(lambda: ann.add(new_name()), TooManyDomains)
    assert (won, lost) == (20, ["TooManyDomains"] * 4)


def test_one_name_at_once_is_one_domain(journal: Journal) -> None:
    ann, name = Sender(journal), new_name()
    won, lost = at_once(lambda: ann.add(name), DomainExists)
    assert (won, lost) == (1, ["DomainExists"] * 23)
    assert len(rows_of(journal, "watched_domains", ann.account_id)) == 1


def test_a_removed_domain_stays_removed_and_its_name_is_free(journal: Journal) -> None:
    ann, name = Sender(journal), new_name()
    domain_id = ann.verified(name)
    assert not ann.remove(domain_id).repeated
    assert ann.remove(domain_id).repeated
    assert holder_of(journal, name) is None
    assert topics(journal, ann.account_id)[-1] == "domains.Removed"
    assert rows_of(journal, "watched_domains", ann.account_id) == []
    assert rows_of(journal, "domain_checks", ann.account_id) == []


def test_a_removed_domain_is_known_to_whoever_decides_alone(journal: Journal) -> None:
    ann = Sender(journal)
    domain_id = ann.add(new_name())
    assert known(journal, ann.account_id, domain_id).id == domain_id
    ann.remove(domain_id)
    with pytest.raises(NoSuchDomain):
        known(journal, ann.account_id, domain_id)
    assert domain_of(journal, ann.account_id, domain_id).removed


@pytest.mark.parametrize("whose", ["anothers", "nobodys"])
def test_what_is_not_the_accounts_is_not_found(journal: Journal, whose: str) -> None:
    ann, bob = Sender(journal), Sender(journal)
    domain_id = bob.add(new_name()) if whose == "anothers" else uuid4()
    for ask in (known, domain_of):
        with pytest.raises(NoSuchDomain):
            ask(journal, ann.account_id, domain_id)
    command = RemoveDomain(account_id=ann.account_id, domain_id=domain_id)
    with pytest.raises(NoSuchDomain):
        remove_domain(journal, command, context_at(NOON))


def test_a_closed_account_gives_its_names_up(journal: Journal) -> None:
    ann, bob, name = Sender(journal), Sender(journal), new_name()
    held, waiting = ann.verified(name), ann.add(new_name())
    close_account(journal, CloseAccount(account_id=ann.account_id), context_at(NOON))
    assert ann.domain(held).state == ann.domain(waiting).state == "removed"
    assert rows_of(journal, "watched_domains", ann.account_id) == []
    (guard,) = rows_of(journal, "account_guards", ann.account_id)
    assert guard["sending_domains"] == 0
    bob.verified(name)
    with pytest.raises(AccountClosed):
        ann.add(new_name())
