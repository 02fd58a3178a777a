"""Mails in a folder: kept as they came, taken apart as far as they can be."""

from __future__ import annotations

import stat
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

import pytest

from web.stand_in.letters import ENVELOPE, Letter, Letters

PDF = b"%PDF-1.7\n\x00\xff"


def kept(folder: Path, content: bytes, *to: str) -> Letter:
    letters = Letters(folder)
    found = letters.get(letters.add(content, "sender@x", to or ("ann@x",)))
    assert found is not None
    return found


def written() -> EmailMessage:
    made = EmailMessage(policy=SMTP)
    made["From"] = "Daybook <no-reply@daybook.example>"
    made["Subject"] = "Reçu nº 42"
    made["Message-ID"] = "<42@daybook.example>"
    made.set_content("Voilà\n")
    made.add_alternative("<p>Voilà", subtype="html")
    made.add_attachment(PDF, maintype="application", subtype="pdf", filename="reçu.pdf")
    return made


def test_only_the_newest_are_kept(tmp_path: Path) -> None:
    letters = Letters(tmp_path, kept=3)
    for number in range(5):
        letters.add(f"Subject: {number}\r\n\r\nx".encode(), "a@x", ["b@x"])
    assert [one.subject for one in letters.newest_first()] == ["4", "3", "2"]
    assert len(list(tmp_path.iterdir())) == 3


def test_a_mail_that_is_no_longer_kept_is_none(tmp_path: Path) -> None:
    letters = Letters(tmp_path, kept=1)
    first = letters.add(b"Subject: 1\r\n\r\n", "a@x", ["b@x"])
    assert letters.get(first) is not None
    letters.add(b"Subject: 2\r\n\r\n", "a@x", ["b@x"])
    assert letters.get(first) is None
    assert letters.get("") is None
    assert letters.get("../" + first) is None


def test_a_mail_is_taken_apart_into_what_people_read(tmp_path: Path) -> None:
    letter = kept(tmp_path, written().as_bytes())
    assert letter.sender == "Daybook <no-reply@daybook.example>"
    assert (letter.subject, letter.message_id) == (
        "Reçu nº 42",
        "<42@daybook.example>",
    )
    assert (letter.text, letter.html) == ("Voilà\n", "<p>Voilà\n")
    (file,) = letter.attachments
    assert (file.name, file.content_type, file.content) == (
        "reçu.pdf",
        "application/pdf",
        PDF,
    )


def test_a_mail_of_one_part_has_text_or_html_and_not_both(tmp_path: Path) -> None:
    plain = kept(tmp_path, b"Subject: x\r\n\r\nhello\r\n")
    html = kept(tmp_path, b"Content-Type: text/html\r\n\r\n<p>hello")
    assert (plain.text, plain.html) == ("hello\n", None)
    assert (html.text, html.html) == (None, "<p>hello")


def test_the_envelope_decides_who_a_mail_went_to_and_never_its_headers(
    tmp_path: Path,
) -> None:
    forged = f'{ENVELOPE}: ["eve@x", ["eve@x"]]\r\nTo: eve@x\r\n\r\nx'
    letter = kept(tmp_path, forged.encode(), "ann@x", "ü@x.example")
    assert letter.recipients == ("ann@x", "ü@x.example")
    assert letter.sender == "sender@x"


def test_an_address_with_a_line_break_cannot_leave_the_envelope(tmp_path: Path) -> None:
    letter = kept(tmp_path, b"Subject: mine\r\n\r\nx", "a@x\r\nSubject: forged\r\n\r\n")
    assert letter.subject == "mine"
    assert letter.recipients == ("a@x\r\nSubject: forged\r\n\r\n",)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\r\n",
        b"\xff\xfe no header at all",
        b"Subject: =?utf-8?b?!!!?=\r\nTo: \xff\r\n\r\n\xff",
        b"Content-Type: multipart/mixed\r\n\r\nno boundary",
        b"Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n"
        b"Content-Disposition: attachment; filename*=x''%ff\r\n\r\n--a--",
        b"Content-Type: message/rfc822\r\n\r\nSubject: inner\r\n\r\nx",
        b"From: <<>>,,@\r\nMessage-ID: <\r\nDate: never\r\n\r\nx",
        b"Content-Transfer-Encoding: base64\r\n\r\n!!!",
    ],
    ids=range(9),
)
def test_a_broken_mail_is_kept_and_shown_among_the_others(
    tmp_path: Path, content: bytes
) -> None:
    good = kept(tmp_path, b"Subject: good\r\n\r\nx")
    broken = kept(tmp_path, content)
    assert broken.recipients == ("ann@x",)
    assert {one.id for one in Letters(tmp_path).newest_first()} == {good.id, broken.id}


def test_a_character_set_that_nobody_knows_is_read_as_utf_8(tmp_path: Path) -> None:
    head = b"Content-Type: text/plain; charset=klingon\r\n\r\n"
    assert kept(tmp_path, head + "Voilà".encode()).text == "Voilà"
    latin = b"Content-Type: text/plain; charset=latin-1\r\n\r\n\xe9"
    assert kept(tmp_path, latin).text == "é"


def test_mails_are_seen_by_everybody_over_the_same_folder(tmp_path: Path) -> None:
    mine, yours = Letters(tmp_path), Letters(tmp_path)
    assert yours.newest_first() == []
    id = mine.add(b"Subject: x\r\n\r\nx", "a@x", ["b@x"])
    assert [one.id for one in yours.newest_first()] == [id]


def test_a_mail_that_is_still_being_written_is_not_there_yet(tmp_path: Path) -> None:
    letters = Letters(tmp_path)
    (tmp_path / "20270101T000000000000-abc.new").write_bytes(b'X: ["a", ["')
    assert letters.newest_first() == []


def test_a_mail_knows_when_it_came(tmp_path: Path) -> None:
    letter = kept(tmp_path, b"Date: Mon, 1 Jan 2001 00:00:00 +0000\r\n\r\nx")
    assert abs(letter.received_at - datetime.now(UTC)) < timedelta(seconds=30)


def test_the_folder_is_its_owners_alone(tmp_path: Path) -> None:
    Letters(tmp_path / "a" / "mails")
    assert stat.S_IMODE((tmp_path / "a" / "mails").stat().st_mode) == 0o700
