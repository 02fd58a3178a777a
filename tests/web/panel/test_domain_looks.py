"""What checks find is told on the page: record by record, and for the whole."""

from __future__ import annotations

from datetime import timedelta

import pytest

from commands.gateways.dns import Resolvers
from ledger.dns_records import SERVER_FAILURE, TIMEOUT
from tests.commands.sending import Sender
from tests.web.browsing import words_of
from tests.web.panel.publishing import NAME, Publisher
from tests.web.signed_in import Inhabitant

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)


@pytest.fixture
def her(ida: Inhabitant) -> Publisher:
    return Publisher(ida)


def test_a_domain_is_told_from_nothing_to_verified(her: Publisher) -> None:
    assert "Not checked yet. The next check is today at 12:01" in her.looked()
    page = her.checked()
    assert "Nothing has this name yet" in page
    assert "Checked today at 12:07" in page
    her.publish("dkim1")
    her.publish("dkim2", end=f".{NAME}")
    page = her.checked()
    assert "1 of 2 found" in page
    assert "Write the value with a dot at its end" in page
    assert f"<mark>.{NAME}</mark>" in her.ida.browser.get(her.path).text
    her.publish("dkim2")
    page = her.checked()
    assert f"Messages from {NAME} are authenticated" in page
    assert "Verified: both needed records were found" in page
    assert "Verified" in her.ida.reads("/domains")


def test_a_lost_record_puts_the_domain_at_risk_and_then_it_fails(
    her: Publisher,
) -> None:
    her.publish("dkim1", "dkim2")
    her.checked()
    her.remove("dkim2")
    assert "At risk" not in her.looked(DAY)
    page = her.looked(15 * MINUTE)
    assert "Messages are signed until 27 Nov 2026, 12:22 UTC" in page
    page = her.looked(*(HOUR for _ in range(73)))
    assert "Messages from this domain go out under mail.daybook.test" in page
    assert "gone for three days" in page
    assert "The next check" not in page


def test_no_answer_is_another_thing_than_not_found(her: Publisher) -> None:
    her.publish("dkim1", "dkim2")
    her.checked()
    her.names.trouble = {one.host: TIMEOUT for one in her.wanted}
    page = her.checked()
    assert "not the same as “not found”" in page
    assert "The last known state, “Found”, is kept." in page
    assert "The next try is today at 13:14" in page
    assert f"Messages from {NAME} are authenticated" in page
    her.names.trouble = {one.host: SERVER_FAILURE for one in her.wanted}
    assert f"The name servers of {NAME} answered with an error" in her.checked()


def test_a_holder_whose_records_are_replaced_is_told_and_so_is_the_other(
    her: Publisher,
) -> None:
    her.publish("dkim1", "dkim2")
    her.checked()
    bob = Sender(her.ida.service.journal, her.ida.clock())
    bob.look(bob.add(NAME))
    page = her.looked()
    assert "Another account shows that it controls this domain" in page
    assert "yours are not on 26 Nov 2026, 12:07" in page
    assert "Another account published its records for the domain" in page


def test_who_claims_what_another_holds_is_told_when_it_is_decided(
    her: Publisher,
) -> None:
    bob = Sender(her.ida.service.journal, her.ida.clock())
    bob.verified(NAME)
    her.publish("dkim1", "dkim2")
    page = her.checked()
    assert "Another account holds this domain" in page
    assert "gone on 26 Nov 2026, 12:07" in page
    assert "2 of 2 found" in page


def test_who_checks_too_often_is_told_so_and_sees_the_page(her: Publisher) -> None:
    her.checked()
    answer = her.check(timedelta(seconds=1))
    assert answer.status_code == 429
    words = words_of(answer.text)
    assert "It was not checked just now" in words
    assert "The next check is possible in 29 seconds." in words
    assert "Signature 1 (DKIM)" in words


def test_the_provider_and_its_steps_are_told(her: Publisher) -> None:
    her.names.publish(NAME, "NS", "ada.ns.cloudflare.com", "bob.ns.cloudflare.com")
    page = her.checked()
    assert f"The DNS of {NAME} seems to be run by Cloudflare." in page
    assert "Set each CNAME record to “DNS only”" in page


def test_what_is_there_in_some_form_is_not_asked_for_again(her: Publisher) -> None:
    her.publish("dkim1", "dkim2", "return_path")
    her.names.publish(f"_dmarc.{NAME}", "TXT", "v=DMARC1; p=reject")
    page = her.checked()
    assert "What you have is fine. Leave it as it is, and add none." in page
    assert "Where to click" not in page
    sheet = her.ida.reads(f"{her.path}/sheet")
    assert "_dmarc" not in sheet
    assert "Recommended as well" not in sheet


def test_what_strangers_publish_is_text_and_nothing_else(her: Publisher) -> None:
    script, signed = "<script>alert(1)</script>", "v=DMARC1; p=<img src=x onerror=a>"
    for one in her.wanted[:2]:
        her.names.publish(one.host, one.type, f"{script}.example.net")
    her.names.publish(f"_dmarc.{NAME}", "TXT", signed)
    her.names.publish(NAME, "TXT", f"v=spf1 {script} ~all")
    assert signed in her.checked()
    text = her.ida.browser.get(her.path).text
    assert "&lt;script&gt;" in text
    assert "<script>alert" not in text
    assert "<img" not in text


def test_looks_alike_are_one_line_of_the_latest_checks(her: Publisher) -> None:
    page = her.looked(MINUTE, 4 * MINUTE, 10 * MINUTE)
    assert "3 times since 23 Nov 2026, 12:01" in page
    assert "Signature 1 (DKIM): Waiting" in page


def test_advice_on_other_records_is_told_beside(her: Publisher) -> None:
    her.names.publish(NAME, "TXT", "v=spf1 mx ~all", "v=spf1 a ~all")
    page = her.checked()
    assert "There are several SPF records" in page
    assert "v=spf1 mx ~all" in page


def test_without_resolvers_the_page_says_that_nobody_is_asked(her: Publisher) -> None:
    her.checked()
    her.ida.service.lookups = Resolvers([])
    page = her.looked()
    assert "This installation names no resolvers" in page
    assert "The next check is" not in page
    assert "Check now" not in page.partition("Where to click")[0]
    assert "Not checked yet" in page
