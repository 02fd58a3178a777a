"""E-mail authentication: domains added, shown, handed over and removed."""

from __future__ import annotations

import re
from uuid import UUID

import pytest

from commands.domains import AddDomain, add_domain, domains_of
from tests.conftest import context_at
from tests.web.browsing import words_of
from tests.web.service import followed
from tests.web.signed_in import Inhabitant

NAME = "hollis-gray.com"


def added(ida: Inhabitant, typed: str = NAME) -> str:
    """Add a domain; return the address of its page."""
    answer = ida.send("/domains", domain=typed)
    followed(ida.service)
    return str(answer.location).partition("?")[0]


def test_at_first_there_is_none_and_the_navigation_leads_there(ida: Inhabitant) -> None:
    assert 'href="/domains"' in ida.browser.get("/").text
    page = ida.reads("/domains")
    assert "No sending domain yet" in page
    assert "messages go out under mail.daybook.test; nothing is blocked" in page


@pytest.mark.parametrize(
    "typed",
    [NAME, f"  https://{NAME}/en?x=1 ", f"Helen <helen@{NAME.upper()}>", f"{NAME}."],
)
def test_what_stands_around_a_domain_is_forgiven(ida: Inhabitant, typed: str) -> None:
    page = ida.reads(added(ida, typed))
    assert "Publish the two needed records" in page
    assert "dm1._domainkey" in page
    (domain,) = domains_of(ida.service.journal, ida.account_id)
    assert domain.name == NAME
    assert f"dm1.{domain.label}.dkim.mail.daybook.test" in page


def test_the_same_domain_again_leads_to_its_page(ida: Inhabitant) -> None:
    first = added(ida)
    assert added(ida, f"@{NAME}") == first
    assert NAME in ida.reads("/domains")


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", "Type a domain, such as news.example.com."),
        ("a b", "between its dots stand letters, digits and hyphens"),
        ("192.0.2.1", "This is an IP address"),
        ("localhost", "Names that end in .localhost are not found on the internet"),
        ("intranet", "A domain has at least one dot"),
        ("helen@gmail.com", "Mailboxes at gmail.com are given to everybody"),
        ("co.uk", "Anybody can register a name below co.uk"),
        ("mail.daybook.test", "Names that end in .test are not found"),
        (".".join(["abcdefgh"] * 30), "so long that no room is left"),
    ],
)
def test_a_name_that_cannot_be_is_refused_with_its_own_sentence(
    ida: Inhabitant, typed: str, words: str
) -> None:
    answer = ida.send("/domains", domain=typed)
    assert answer.status_code == 422
    assert words in words_of(answer.text)
    assert domains_of(ida.service.journal, ida.account_id) == []


def test_a_twenty_first_domain_is_refused(ida: Inhabitant) -> None:
    for number in range(20):
        command = AddDomain(account_id=ida.account_id, name=f"hollis-{number}.com")
        add_domain(ida.service.journal, command, context_at(ida.clock()), ())
    answer = ida.send("/domains", domain="one-too-many.com")
    assert answer.status_code == 422
    assert "20 sending domains at most" in words_of(answer.text)


def test_a_name_in_another_script_is_shown_as_it_is_written(ida: Inhabitant) -> None:
    page = ida.reads(added(ida, "bücher-köln.de"))
    assert page.count("bücher-köln.de") > 1
    assert "xn--bcher-kln-67a3d.de" in page


def test_a_sub_domain_has_names_short_and_in_full(ida: Inhabitant) -> None:
    text = ida.browser.get(added(ida, f"news.{NAME}")).text
    for name in ("dm1._domainkey.news", "bounce.news", "_dmarc.news"):
        assert f">{name}</code>" in text
        assert f">{name}.{NAME}</code>" in text


def test_another_accounts_domain_is_as_unknown_as_none(ida: Inhabitant) -> None:
    for path in ("", "/sheet", "/remove"):
        answer = ida.browser.get(f"/domains/{UUID(int=7)}{path}")
        assert answer.status_code == 404


def test_the_sheet_has_every_record_and_whom_to_ask(ida: Inhabitant) -> None:
    path = added(ida)
    sheet, text = ida.reads(f"{path}/sheet"), ida.browser.get(path).text
    values = set(re.findall(r'-value">([^<]+)</code>', text))
    assert len(values) == 4
    assert all(value in sheet for value in values)
    assert ida.person.email in sheet
    assert "5 more mails may be sent within 24 hours" in sheet


def test_it_is_removed_after_a_question(ida: Inhabitant) -> None:
    path = added(ida)
    asked = ida.reads(f"{path}/remove")
    assert f"Messages from {NAME} go out under mail.daybook.test" in asked
    assert ida.send(f"{path}/remove", f"{path}/remove").location == "/domains"
    assert "No sending domain yet" in ida.reads("/domains")
    assert ida.browser.get(path).status_code == 404
