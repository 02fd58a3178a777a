"""The sheet mailed to an IT person, and how he refuses the next."""

from __future__ import annotations

from commands.outbox import send_due
from tests.commands.people import new_email
from tests.web.askers import OWN
from tests.web.browsing import Browser, words_of
from tests.web.canaries import Life
from tests.web.panel.publishing import Publisher
from tests.web.service import BASE
from tests.web.signed_in import Inhabitant
from web import mails


def sheet(ida: Inhabitant) -> str:
    return f"{Publisher(ida).path}/sheet"


def refuse_link(ida: Inhabitant) -> str:
    return f"/it-letters/{ida.token('it_letter', 'refuse_token')}"


def test_the_sheet_is_mailed_and_the_page_says_how_many_are_left(
    ida: Inhabitant,
) -> None:
    path, to = sheet(ida), new_email("it")
    answer = ida.send(path, email=to, language="fr")
    assert f"The sheet is on its way to {to}" in words_of(answer.text)
    assert "4 more mails may be sent within 24 hours" in words_of(answer.text)
    (mail,) = ida.mails("it_letter")
    assert (mail["to"], mail["language"]) == (to, "fr")


def test_the_mail_has_the_records_and_can_be_refused_by_one_click(
    ida: Inhabitant,
) -> None:
    her = Publisher(ida)
    ida.send(f"{her.path}/sheet", email=new_email("it"), language="en")
    box = Life(ida.service, ida.app, ida.clock)
    send_due(
        ida.service.journal, mails.renderer(ida.app, ida.service), box, ida.clock()
    )
    (mail,) = [one for one in box.mails if "DNS records" in one.subject]
    for one in her.wanted:
        assert one.value in mail.text
        assert one.value in str(mail.html)
    assert ida.person.email in mail.text
    link = mail.headers["List-Unsubscribe"].strip("<>")
    assert link in mail.text
    assert mail.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    path = link.removeprefix(BASE)
    body = {"List-Unsubscribe": "One-Click"}
    answer = ida.app.test_client().post(path, data=body, base_url=BASE)
    assert answer.status_code == 200


def test_who_refused_gets_none_and_the_customer_is_told(ida: Inhabitant) -> None:
    path, to = sheet(ida), new_email("it")
    ida.send(path, email=to, language="en")
    stranger, link = Browser(ida.app), refuse_link(ida)
    assert "after this, none is mailed" in stranger.read(link).lower()
    assert "nothing is kept but a digest" in words_of(stranger.send(link, link).text)
    answer = ida.send(path, email=to.upper(), language="en")
    assert answer.status_code == 422
    assert "wants no such mails" in words_of(answer.text)
    assert f'value="{to.upper()}"' in answer.text
    assert len(ida.mails("it_letter")) == 1


def test_a_link_that_is_none_is_gone(ida: Inhabitant) -> None:
    gone = f"/it-letters/{'0' * 64}.{'0' * 40}"
    assert Browser(ida.app).get(gone).status_code == 410
    answer = ida.app.test_client().post(gone, base_url=BASE, headers=OWN)
    assert answer.status_code == 410


def test_an_address_that_is_none_and_a_sixth_mail_are_refused(ida: Inhabitant) -> None:
    path = sheet(ida)
    answer = ida.send(path, email="it at example", language="en")
    assert answer.status_code == 422
    assert "not an address that mail can be sent to" in words_of(answer.text)
    for _ in range(5):
        assert ida.send(path, email=new_email("it"), language="xx").status_code == 200
    assert "5 mails were sent within 24 hours, which is the most" in ida.reads(path)
    form = {"email": new_email("it"), "language": "en"}
    answer = ida.send(path, "/domains", **form)
    assert answer.status_code == 422
    assert "This was asked for too often" in words_of(answer.text)
    assert ida.mails("it_letter")[-1]["language"] == "en"
