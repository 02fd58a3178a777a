"""Mails leave through a real SMTP server: never lost, recognisable when sent twice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from commands.gateways.mail import Mail, Mailer, MailRefused, SmtpMailer
from commands.outbox import send_due
from tests.commands.people import mails_of, rows_of, signed_up
from tests.web.service import Clock
from web.stand_in.letters import Letters
from web.stand_in.mailbox import MailSink
from web.wiring import Service


@dataclass
class Refusing:
    """A server at the world's edge that says no."""

    permanent: bool
    asked: list[Mail] = field(default_factory=list)

    def send(self, mail: Mail) -> None:
        self.asked.append(mail)
        raise MailRefused(permanent=self.permanent, code=550, reason="no such user")


@dataclass
class Dying:
    """A way out during which the process is killed, once the mail has left."""

    out: SmtpMailer

    def send(self, mail: Mail) -> None:
        self.out.send(mail)
        raise KeyboardInterrupt


def plain(
    account_id: UUID, mail_id: UUID, template: str, language: str, to: str, values: Any
) -> Mail:
    del account_id, language
    return Mail(
        to=to,
        subject=template,
        text=str(values.get("name")),
        message_id=f"<{mail_id}@x.test>",
    )


@pytest.fixture
def sink(tmp_path: Path) -> Iterator[MailSink]:
    sink = MailSink(tmp_path)
    sink.start("127.0.0.1", 0)
    yield sink
    sink.stop()


def mailer(port: int) -> SmtpMailer:
    return SmtpMailer("127.0.0.1", port, None, None, "none", "Daybook <d@x.test>")


def test_a_mail_is_sent_once_and_then_never_again(
    service: Service, clock: Clock, sink: MailSink, tmp_path: Path
) -> None:
    person = signed_up(service.journal)
    assert send_due(service.journal, plain, mailer(sink.port), clock()) == 1
    clock.move(timedelta(days=1))
    assert send_due(service.journal, plain, mailer(sink.port), clock()) == 0
    (letter,) = Letters(tmp_path).newest_first()
    assert (letter.subject, list(letter.recipients)) == ("verify", [person.email])


def test_a_server_that_is_away_is_tried_again_later(
    service: Service, clock: Clock, sink: MailSink, tmp_path: Path
) -> None:
    signed_up(service.journal)
    send_due(service.journal, plain, mailer(9), clock())
    assert send_due(service.journal, plain, mailer(9), clock()) == 0
    clock.move(timedelta(minutes=2))
    assert send_due(service.journal, plain, mailer(sink.port), clock()) == 1
    assert len(Letters(tmp_path).newest_first()) == 1


def test_a_crash_between_sending_and_noting_sends_the_same_message_id_again(
    service: Service, clock: Clock, sink: MailSink, tmp_path: Path
) -> None:
    signed_up(service.journal)
    with pytest.raises(KeyboardInterrupt):
        send_due(service.journal, plain, Dying(mailer(sink.port)), clock())
    clock.move(timedelta(minutes=2))
    send_due(service.journal, plain, mailer(sink.port), clock())
    first, second = Letters(tmp_path).newest_first()
    assert first.message_id == second.message_id


@pytest.mark.parametrize(("permanent", "tries"), [(True, 1), (False, 2)])
def test_what_is_refused_for_ever_is_not_tried_again(
    service: Service, clock: Clock, permanent: bool, tries: int
) -> None:
    signed_up(service.journal)
    server = Refusing(permanent)
    send_due(service.journal, plain, server, clock())
    clock.move(timedelta(hours=2))
    send_due(service.journal, plain, server, clock())
    assert len(server.asked) == tries


@pytest.mark.parametrize(("server", "left"), [("sent", 0), ("refused", 0), ("away", 1)])
def test_what_a_mail_said_is_kept_until_it_is_sent_and_no_longer(
    service: Service, clock: Clock, sink: MailSink, server: str, left: int
) -> None:
    person = signed_up(service.journal)
    out: dict[str, Mailer] = {
        "sent": mailer(sink.port),
        "refused": Refusing(True),
        "away": mailer(9),
    }
    send_due(service.journal, plain, out[server], clock())
    (row,) = rows_of(service.journal, "mail_outbox", person.account_id)
    assert (row["sent_at"] is None, row["sealed"] != b"") == (bool(left),) * 2
    assert len(mails_of(service.journal, person.account_id)) == left
