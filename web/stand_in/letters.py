"""The mails that were taken, one file each in a folder, the newest kept."""

from __future__ import annotations

import json
import secrets
import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage, MIMEPart
from email.parser import BytesParser
from pathlib import Path

KEPT = 500
ENVELOPE = "X-Stand-In-Envelope"
"""A header put before a kept mail: its SMTP sender and recipients, as JSON."""


@dataclass(frozen=True)
class Attachment:
    """A file that came with a mail; `content` are its own bytes."""

    name: str
    content_type: str
    content: bytes


@dataclass(frozen=True)
class Letter:
    """A mail as it was taken; `text` and `html` are None where it has no such part."""

    id: str
    received_at: datetime
    sender: str
    recipients: tuple[str, ...]
    subject: str
    message_id: str
    text: str | None
    html: str | None
    headers: tuple[tuple[str, str], ...]
    attachments: tuple[Attachment, ...]


class Letters:
    """A folder of mails; several of these over one folder see the same mails."""

    def __init__(self, folder: Path, kept: int = KEPT) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._folder = folder
        self._kept = kept
        self._read: dict[str, Letter] = {}
        self._lock = threading.Lock()

    def add(self, content: bytes, sender: str, recipients: Sequence[str]) -> str:
        """Keep a mail as it came, with its envelope; the id it has from now on."""
        now = datetime.now(UTC)
        id = f"{now:%Y%m%dT%H%M%S%f}-{secrets.token_hex(3)}"
        head = f"{ENVELOPE}: {json.dumps([sender, list(recipients)])}\r\n"
        new = self._folder / f"{id}.new"
        new.write_bytes(head.encode() + content)
        new.rename(self._folder / f"{id}.eml")
        for file in self._files()[self._kept :]:
            file.unlink(missing_ok=True)
        return id

    def newest_first(self) -> list[Letter]:
        """All mails kept, newest first."""
        with self._lock:
            files = self._files()
            self._read = {
                file.stem: self._read.get(file.stem) or _read(file)
                for file in files
                if file.exists()
            }
            return list(self._read.values())

    def get(self, id: str) -> Letter | None:
        """The mail of this id, if it is still kept."""
        return next((one for one in self.newest_first() if one.id == id), None)

    def _files(self) -> list[Path]:
        return sorted(self._folder.glob("*.eml"), reverse=True)


def _read(file: Path) -> Letter:
    first, _, rest = file.read_bytes().partition(b"\r\n")
    sender, recipients = json.loads(first.split(b":", 1)[1])
    moment = datetime.strptime(f"{file.stem.split('-')[0]}+0000", "%Y%m%dT%H%M%S%f%z")
    letter = Letter(
        id=file.stem,
        received_at=moment,
        sender=sender,
        recipients=tuple(recipients),
        subject="",
        message_id="",
        text=rest.decode("utf-8", "replace"),
        html=None,
        headers=(),
        attachments=(),
    )
    try:
        return _understood(letter, rest)
    except (ValueError, LookupError, AttributeError, TypeError, AssertionError):
        return letter  # a mail too broken to take apart is shown as it came


def _understood(letter: Letter, content: bytes) -> Letter:
    parser = BytesParser(EmailMessage, policy=policy.default)
    message = parser.parsebytes(content)
    return replace(
        letter,
        sender=str(message["From"] or letter.sender),
        subject=str(message["Subject"] or ""),
        message_id=str(message["Message-ID"] or ""),
        text=_body(message, "plain"),
        html=_body(message, "html"),
        headers=tuple((name, str(value)) for name, value in message.items()),
        attachments=tuple(_attachment(part) for part in message.iter_attachments()),
    )


def _body(message: EmailMessage, kind: str) -> str | None:
    part = message.get_body((kind,))
    return None if part is None else _decoded(part)


def _decoded(part: MIMEPart) -> str:
    content = part.get_payload(decode=True)
    charset = part.get_content_charset("utf-8")
    assert isinstance(content, bytes)
    try:
        text = content.decode(charset, "replace")
    except LookupError:  # a character set that nobody knows
        text = content.decode("utf-8", "replace")
    return text.replace("\r\n", "\n")


def _attachment(part: MIMEPart) -> Attachment:
    content = part.get_payload(decode=True)
    return Attachment(
        name=part.get_filename() or "attachment",
        content_type=part.get_content_type(),
        content=content if isinstance(content, bytes) else b"",
    )
