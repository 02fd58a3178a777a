"""Mails through real SMTP conversations, with servers that say no."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from commands.gateways.mail import (
    Attachment,
    Mail,
    MailRefused,
    MailUnreachable,
    SmtpMailer,
)

MAIL = Mail(
    to="ann@example.com",
    subject="Votre reçu",
    text="Voilà.\n" + "x" * 2000 + "\n.\n",
    html="<p>Voilà.</p>",
    attachments=(Attachment("reçu-42.pdf", "application/pdf", b"%PDF\x00\xff"),),
    message_id="<42@daybook.example>",
)


@dataclass
class Server:
    """An SMTP server that answers as it is told."""

    rcpt: str = "250 OK"
    mail_from: str = "250 OK"
    data: str = "250 OK"
    port: int = 0
    taken: list[Envelope] = field(default_factory=list)

    async def handle_MAIL(  # noqa: N802 - the name is the SMTP library's
        self, server: SMTP, session: Session, envelope: Envelope, address: str, o: Any
    ) -> str:
        envelope.mail_from = address
        return self.mail_from

    async def handle_RCPT(  # noqa: N802 - the name is the SMTP library's
        self, server: SMTP, session: Session, envelope: Envelope, address: str, o: Any
    ) -> str:
        envelope.rcpt_tos.append(address)
        return self.rcpt

    async def handle_DATA(  # noqa: N802 - the name is the SMTP library's
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        self.taken.append(envelope)
        return self.data

    def message(self) -> EmailMessage:
        content = self.taken[-1].original_content
        assert content is not None
        found = message_from_bytes(content, _class=EmailMessage, policy=policy.default)
        assert isinstance(found, EmailMessage)
        return found


def may(server: SMTP, session: Session, e: Envelope, how: str, data: Any) -> AuthResult:
    assert isinstance(data, LoginPassword)
    return AuthResult(success=data.password == b"right", handled=False)


@contextmanager
def serving(server: Server, **options: Any) -> Iterator[Server]:
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    async def listen() -> asyncio.Server:
        def line() -> SMTP:
            return SMTP(server, hostname="localhost", loop=loop, **options)

        return await loop.create_server(line, "127.0.0.1", 0)

    async def close() -> None:
        listening.close()
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()
        await asyncio.sleep(0)

    listening = asyncio.run_coroutine_threadsafe(listen(), loop).result(10)
    server.port = listening.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        asyncio.run_coroutine_threadsafe(close(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


@pytest.fixture
def server() -> Iterator[Server]:
    with serving(Server()) as made:
        yield made


def mailer(server: Server, password: str | None = None) -> SmtpMailer:
    username = "daybook" if password else None
    sender = "Daybook <no-reply@daybook.example>"
    return SmtpMailer(
        "127.0.0.1",
        server.port,
        username,
        password,
        "none",
        sender,
        timeout_seconds=5,
    )


def test_a_mail_arrives_whole_and_under_the_id_it_was_given(server: Server) -> None:
    mailer(server).send(MAIL)
    found = server.message()
    assert server.taken[-1].mail_from == "no-reply@daybook.example"
    assert server.taken[-1].rcpt_tos == ["ann@example.com"]
    assert (found["To"], found["Subject"]) == ("ann@example.com", "Votre reçu")
    assert found["From"] == "Daybook <no-reply@daybook.example>"
    assert found["Message-ID"] == "<42@daybook.example>"
    text, html = found.get_body(("plain",)), found.get_body(("html",))
    assert text is not None
    assert text.get_content().replace("\r\n", "\n") == MAIL.text
    assert html is not None
    assert html.get_content().strip() == MAIL.html
    (file,) = found.iter_attachments()
    assert file.get_filename() == "reçu-42.pdf"
    assert file.get_content() == b"%PDF\x00\xff"


def test_a_mail_sent_twice_has_the_same_id_twice(server: Server) -> None:
    mailer(server).send(MAIL)
    first = server.message()["Message-ID"]
    mailer(server).send(MAIL)
    assert server.message()["Message-ID"] == first


@pytest.mark.parametrize("moment", ["rcpt", "data"])
@pytest.mark.parametrize(
    ("answer", "permanent"),
    [("550 No such user", True), ("451 Try later", False), ("421 Busy", False)],
)
def test_a_refusal_says_whether_trying_again_may_help(
    moment: str, answer: str, permanent: bool
) -> None:
    with serving(Server(**{moment: answer})) as server:  # type: ignore[arg-type]
        with pytest.raises(MailRefused) as refused:
            mailer(server).send(MAIL)
        assert refused.value.permanent is permanent
        assert refused.value.code == int(answer[:3])
        assert refused.value.reason == answer[4:]


@pytest.mark.parametrize(
    ("answer", "permanent"), [("550 Not you", False), ("552 Too big", True)]
)
def test_a_sender_that_is_not_welcome_is_not_the_mails_fault(
    answer: str, permanent: bool
) -> None:
    with serving(Server(mail_from=answer)) as server:
        with pytest.raises(MailRefused) as refused:
            mailer(server).send(MAIL)
        assert refused.value.permanent is permanent


def test_a_wrong_password_is_refused_until_it_is_mended() -> None:
    login = {"authenticator": may, "auth_require_tls": False}
    with serving(Server(), **login) as server:
        with pytest.raises(MailRefused) as refused:
            mailer(server, "wrong").send(MAIL)
        assert (refused.value.permanent, refused.value.code) == (False, 535)
        mailer(server, "right").send(MAIL)
        assert len(server.taken) == 1


def test_tls_that_the_server_does_not_offer_is_never_done_without(
    server: Server,
) -> None:
    strict = SmtpMailer("127.0.0.1", server.port, None, None, "starttls", "a@x.example")
    with pytest.raises(MailRefused) as refused:
        strict.send(MAIL)
    assert not refused.value.permanent
    assert server.taken == []


def test_nobody_listening_is_unreachable() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        nobody = Server(port=taken.getsockname()[1])
        with pytest.raises(MailUnreachable):
            mailer(nobody).send(MAIL)


def test_a_server_that_says_nothing_is_unreachable_in_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        slow = SmtpMailer(
            "127.0.0.1", port, None, None, "none", "a@x.example", timeout_seconds=0.2
        )
        with pytest.raises(MailUnreachable):
            slow.send(MAIL)


@pytest.mark.parametrize(
    "changed",
    [
        {"subject": "Hello\r\nBcc: eve@evil.example"},
        {"to": "ann@example.com\r\nBcc: eve@evil.example"},
        {"to": "ann@example.com, eve@evil.example"},
        {"to": "no address"},
        {"message_id": "<42@x>\r\nBcc: eve@evil.example"},
        {"message_id": "42"},
        {"headers": {"X-One": "a\nBcc: eve@evil.example"}},
        {"headers": {"X-One: a\r\nBcc": "eve@evil.example"}},
        {"headers": {"To": "eve@evil.example"}},
    ],
)
def test_a_header_cannot_be_smuggled_in(server: Server, changed: Any) -> None:
    with pytest.raises(MailRefused) as refused:
        mailer(server).send(replace(MAIL, **changed))
    assert refused.value.permanent
    assert server.taken == []
