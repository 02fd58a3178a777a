"""The mails that were taken, one file each in a folder, the newest kept."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path

KEPT = 500
ENVELOPE_FROM = "X-Envelope-From"
ENVELOPE_TO = "X-Envelope-To"


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
        head = (
            f"{ENVELOPE_FROM}: {sender}\r\n{ENVELOPE_TO}: {', '.join(recipients)}\r\n"
        )
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
    parser = BytesParser(EmailMessage, policy=policy.default)
    message = parser.parsebytes(file.read_bytes())
    headers = tuple((name, str(value)) for name, value in message.items())
    shown = tuple((name, value) for name, value in headers if name not in ENVELOPE)
    to = str(message[ENVELOPE_TO] or "")
    moment = datetime.strptime(file.stem.split("-")[0], "%Y%m%dT%H%M%S%f")
    return Letter(
        id=file.stem,
        received_at=moment.replace(tzinfo=UTC),
        sender=str(message["From"] or message[ENVELOPE_FROM] or ""),
        recipients=tuple(one.strip() for one in to.split(",") if one.strip()),
        subject=str(message["Subject"] or ""),
        message_id=str(message["Message-ID"] or ""),
        text=_body(message, "plain"),
        html=_body(message, "html"),
        headers=shown,
        attachments=tuple(_attachment(part) for part in message.iter_attachments()),
    )


ENVELOPE = (ENVELOPE_FROM, ENVELOPE_TO)


def _body(message: EmailMessage, kind: str) -> str | None:
    part = message.get_body((kind,))
    return None if part is None else _decoded(part)


def _decoded(part: EmailMessage) -> str:
    content = part.get_payload(decode=True)
    charset = part.get_content_charset("utf-8")
    assert isinstance(content, bytes)
    try:
        return content.decode(charset, "replace")
    except LookupError:  # a character set that nobody knows
        return content.decode("utf-8", "replace")


def _attachment(part: EmailMessage) -> Attachment:
    content = part.get_payload(decode=True)
    return Attachment(
        name=part.get_filename() or "attachment",
        content_type=part.get_content_type(),
        content=content if isinstance(content, bytes) else b"",
    )
