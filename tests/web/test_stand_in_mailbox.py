"""Mails into the sink over SMTP, and out of it as pages and as JSON."""

from __future__ import annotations

import smtplib
from collections.abc import Iterator
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from web.stand_in.letters import Letters
from web.stand_in.mailbox import MailSink, create_mailbox

PDF = b"%PDF-1.7\n\x00\xff"


@pytest.fixture
def sink(tmp_path: Path) -> Iterator[MailSink]:
    made = MailSink(tmp_path)
    made.start()
    yield made
    made.stop()


@pytest.fixture
def pages(tmp_path: Path) -> FlaskClient:
    return create_mailbox(tmp_path).test_client()


def message(to: str = "ann@example.com", subject: str = "Reçu nº 42") -> EmailMessage:
    made = EmailMessage(policy=SMTP)
    made["From"] = "Daybook <no-reply@daybook.example>"
    made["To"] = to
    made["Subject"] = subject
    made["Message-ID"] = "<42@daybook.example>"
    made.set_content("Voilà: https://daybook.example/x\n")
    made.add_alternative("<p>Voilà<script>alert(1)</script>", subtype="html")
    made.add_attachment(
        PDF, maintype="application", subtype="pdf", filename="reçu-42.pdf"
    )
    return made


def send(sink: MailSink, *messages: EmailMessage) -> None:
    with smtplib.SMTP("127.0.0.1", sink.port, timeout=10) as line:
        for one in messages:
            line.send_message(one)


def mails(pages: FlaskClient, to: str = "") -> list[dict[str, Any]]:
    answer = pages.get("/mail.json", query_string={"to": to} if to else {})
    found: list[dict[str, Any]] = answer.get_json()["mails"]
    return found


def test_a_mail_comes_out_as_it_went_in(sink: MailSink, pages: FlaskClient) -> None:
    send(sink, message())
    (mail,) = mails(pages)
    assert mail["subject"] == "Reçu nº 42"
    assert mail["to"] == ["ann@example.com"]
    assert mail["message_id"] == "<42@daybook.example>"
    assert mail["text"] == "Voilà: https://daybook.example/x\n"
    assert "<p>Voilà" in mail["html"]
    (file,) = mail["attachments"]
    assert (file["name"], file["size_bytes"]) == ("reçu-42.pdf", len(PDF))
    answer = pages.get(file["url"])
    assert answer.data == PDF
    assert answer.headers["Content-Disposition"].startswith("attachment")


def test_newest_come_first_and_can_be_asked_for_by_address(
    sink: MailSink, pages: FlaskClient
) -> None:
    send(sink, message(subject="one"), message("bob@example.com", "two"), message())
    assert [one["subject"] for one in mails(pages)] == ["Reçu nº 42", "two", "one"]
    assert [one["subject"] for one in mails(pages, "BOB@example.com")] == ["two"]
    assert mails(pages, "nobody@example.com") == []


def test_a_mails_page_shows_its_text_and_keeps_its_html_in_a_sandbox(
    sink: MailSink, pages: FlaskClient
) -> None:
    send(sink, message(subject="<b>bold</b>"))
    (mail,) = mails(pages)
    page = pages.get(f"/mail/{mail['id']}")
    assert "&lt;b&gt;bold&lt;/b&gt;" in page.text
    assert 'href="https://daybook.example/x"' in page.text
    assert 'sandbox=""' in page.text
    assert "<script" not in page.text
    html = pages.get(f"/mail/{mail['id']}/html")
    policy = html.headers["Content-Security-Policy"]
    assert policy.startswith("sandbox; default-src 'none'")


def test_the_list_says_when_it_is_empty_and_in_french_too(pages: FlaskClient) -> None:
    assert "No mails yet" in pages.get("/mail").text
    french = pages.get("/mail", headers={"Accept-Language": "fr-CA,en;q=0.8"})
    assert "Aucun message" in french.text


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe no header at all",
        b"Subject: =?utf-8?b?!!!?=\r\nTo: \xff\r\n\r\n\xff",
        b"Content-Type: multipart/mixed\r\n\r\nno boundary",
        b"Content-Type: text/plain; charset=klingon\r\n\r\nx",
        b"Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n"
        b"Content-Disposition: attachment; filename*=x''%ff\r\n\r\n--a--",
    ],
)
def test_a_broken_mail_does_not_take_the_mailbox_down(
    tmp_path: Path, pages: FlaskClient, content: bytes
) -> None:
    id = Letters(tmp_path).add(content, "a@x", ["ü@x.example"])
    assert pages.get("/mail").status_code == 200
    assert pages.get(f"/mail/{id}").status_code == 200
    assert mails(pages)[0]["to"] == ["ü@x.example"]


def test_a_mail_that_is_not_kept_is_not_found(pages: FlaskClient) -> None:
    for path in ("/mail/x", "/mail/x/html", "/mail/x/files/0", "/mail/..%2fx"):
        assert pages.get(path).status_code == 404


def test_the_sink_listens_on_loopback_only(tmp_path: Path) -> None:
    sink = MailSink(tmp_path)
    with pytest.raises(ValueError, match="loopback"):
        sink.start("0.0.0.0")
    sink.stop()


def test_a_taken_port_is_said(sink: MailSink, tmp_path: Path) -> None:
    with pytest.raises(OSError, match="in use"):
        MailSink(tmp_path).start(port=sink.port)
