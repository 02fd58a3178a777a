"""Mail out: one message handed to an SMTP server, once."""

from __future__ import annotations

import re
import smtplib
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from types import MappingProxyType
from typing import Literal, Protocol

TIMEOUT_SECONDS = 20.0
TOO_BIG = 552
Tls = Literal["none", "starttls", "tls"]


class MailUnreachable(Exception):  # noqa: N818 - a fact, as a refusal is
    """The mail server did not answer, or hung up: try again later."""


@dataclass(eq=False)
class MailRefused(Exception):  # noqa: N818 - a fact, as a refusal is
    """The mail server, or the form of the mail itself, says no.

    `permanent` unless another try may end otherwise; `code` is the server's, 0 if it
    was never asked.
    """

    permanent: bool
    code: int
    reason: str


@dataclass(frozen=True)
class Attachment:
    """A file in a mail; `content_type` such as application/pdf."""

    name: str
    content_type: str
    content: bytes


@dataclass(frozen=True, kw_only=True)
class Mail:
    """A mail to one address.

    `message_id` is the caller's, `<…@…>`, and the same when a mail is sent again, so
    that the second one can be recognised.
    """

    to: str
    subject: str
    text: str
    html: str | None = None
    attachments: tuple[Attachment, ...] = ()
    message_id: str
    headers: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


class Mailer(Protocol):
    """What Daybook asks of a mail server."""

    def send(self, mail: Mail) -> None:
        """Hand the mail over. Raises MailRefused and MailUnreachable."""


class SmtpMailer:
    """Mails through one SMTP server, one connection a mail.

    `sender` is an address, with or without a name. `tls` is `starttls`, `tls` (from the
    first byte) or `none`, which sends passwords readable and so fits loopback only;
    `trusted` replaces the system's certificate authorities.
    """

    def __init__(
        self,
        host: str,
        port: int,
        username: str | None,
        password: str | None,
        tls: Tls,
        sender: str,
        *,
        trusted: ssl.SSLContext | None = None,
        timeout_seconds: float = TIMEOUT_SECONDS,
    ) -> None:
        self._host = host
        self._port = port
        self._login = (username, password or "") if username else None
        self._tls = tls
        self._sender = sender
        self._trusted = trusted
        self._timeout_seconds = timeout_seconds

    def send(self, mail: Mail) -> None:
        message = self._message(mail)
        with _failures():
            line = self._connected()
            try:
                line.send_message(message)
                with suppress(smtplib.SMTPException, OSError):
                    line.quit()  # the mail is taken: a server may hang up as it likes
            finally:
                line.close()

    def _connected(self) -> smtplib.SMTP:
        # Without a name of our own, smtplib would ask the resolver for one.
        ours = parseaddr(self._sender)[1].rpartition("@")[2] or "localhost"
        where, wait = (self._host, self._port), self._timeout_seconds
        if self._tls == "tls":
            context = self._context()
            line: smtplib.SMTP = smtplib.SMTP_SSL(
                *where, local_hostname=ours, timeout=wait, context=context
            )
        else:
            line = smtplib.SMTP(*where, local_hostname=ours, timeout=wait)
        try:
            self._introduced(line)
        except BaseException:
            line.close()
            raise
        return line

    def _introduced(self, line: smtplib.SMTP) -> None:
        try:
            if self._tls == "starttls":
                line.starttls(context=self._context())
            if self._login:
                line.login(*self._login)
        except (smtplib.SMTPNotSupportedError, ValueError) as fault:
            raise MailRefused(False, 0, str(fault)) from fault
        except smtplib.SMTPAuthenticationError as fault:
            # The settings are wrong, not the mail: it goes once they are mended.
            raise MailRefused(
                False, fault.smtp_code, _said(fault.smtp_error)
            ) from fault

    def _context(self) -> ssl.SSLContext:
        return self._trusted or ssl.create_default_context()

    def _message(self, mail: Mail) -> EmailMessage:
        message = EmailMessage(policy=SMTP)
        try:
            message["From"] = self._sender
            message["To"] = Address(addr_spec=mail.to)
            message["Subject"] = mail.subject
            message["Date"] = format_datetime(datetime.now(UTC))
            message["Message-ID"] = _checked_id(mail.message_id)
            message["Auto-Submitted"] = "auto-generated"
            for name, value in mail.headers.items():
                message[_checked_name(name)] = value
        except (ValueError, HeaderParseError, IndexError) as fault:
            raise MailRefused(True, 0, f"header: {fault}") from fault
        message.set_content(mail.text, cte="quoted-printable")
        if mail.html is not None:
            message.add_alternative(mail.html, subtype="html", cte="quoted-printable")
        for file in mail.attachments:
            main, _, sub = file.content_type.partition("/")
            message.add_attachment(
                file.content, maintype=main, subtype=sub, filename=file.name
            )
        return message


@contextmanager
def _failures() -> Iterator[None]:
    """What went wrong with the server as one of ours."""
    try:
        yield
    except smtplib.SMTPRecipientsRefused as fault:
        code, reason = next(iter(fault.recipients.values()))
        raise _refused(code, reason) from fault
    except smtplib.SMTPSenderRefused as fault:
        # Only "too big" is about the mail; else our own address is not welcome yet.
        permanent = fault.smtp_code == TOO_BIG
        raise MailRefused(
            permanent, fault.smtp_code, _said(fault.smtp_error)
        ) from fault
    except smtplib.SMTPDataError as fault:
        raise _refused(fault.smtp_code, fault.smtp_error) from fault
    except smtplib.SMTPNotSupportedError as fault:
        raise MailRefused(True, 0, str(fault)) from fault
    except (smtplib.SMTPException, OSError) as fault:
        raise MailUnreachable(type(fault).__name__) from fault


def _refused(code: int, reason: bytes | str) -> MailRefused:
    return MailRefused(500 <= code < 600, code, _said(reason))


def _said(reason: bytes | str) -> str:
    return reason if isinstance(reason, str) else reason.decode("utf-8", "replace")


def _checked_id(message_id: str) -> str:
    if not re.fullmatch(r"<[!-;=?-~]+@[!-;=?-~]+>", message_id):
        raise ValueError("a message id is <…@…>")
    return message_id


def _checked_name(name: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9-]+", name):
        raise ValueError("a header's name is letters, digits and hyphens")
    return name
