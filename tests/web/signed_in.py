"""A customer with a password who is signed in, in a browser without a screen."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import pyotp
from flask import Flask
from werkzeug.test import TestResponse

from commands.factors import ConfirmCode, begin_code, confirm_code
from ledger.accounts import Account
from tests.commands.people import PHRASE, Person, mails_of, member
from tests.commands.signed import somewhere
from tests.web.browsing import Browser, words_of
from tests.web.service import Clock, service_on
from web import create_app
from web.access import buckets
from web.database import Database
from web.wiring import Service

__all__ = ["PHRASE", "Inhabitant", "inhabitant"]


@dataclass
class Inhabitant:
    """Somebody in his panel; `client` sends forms as their own pages do."""

    service: Service
    app: Flask
    clock: Clock
    person: Person
    browser: Browser

    @property
    def account_id(self) -> UUID:
        return self.person.account_id

    @property
    def account(self) -> Account:
        """The account as the journal has it."""
        return self.service.journal.fresh(Account, self.account_id)

    def sign_in(self, **typed: str) -> TestResponse:
        """Sign in by the form."""
        known = {"email": self.person.email, "password": PHRASE}
        return self.browser.send("/sign-in", "/sign-in", **known | typed)

    def elsewhere(self, **typed: str) -> TestResponse:
        """Sign in by the form of another browser."""
        known = {"email": self.person.email, "password": PHRASE}
        return Browser(self.app).send("/sign-in", "/sign-in", **known | typed)

    def send(self, path: str, form_on: str | None = None, **typed: str) -> TestResponse:
        """Send a form with the password in it."""
        known = {"current_password": PHRASE}
        return self.browser.send(path, form_on or path, **known | typed)

    def reads(self, path: str) -> str:
        """Read a page."""
        return self.browser.read(path)

    def another(self) -> Inhabitant:
        """The same person in another browser, signed in there."""
        other = Inhabitant(
            self.service, self.app, self.clock, self.person, Browser(self.app)
        )
        assert other.sign_in().status_code == 303
        return other

    def is_in(self) -> bool:
        """Whether the panel still knows this browser."""
        return self.browser.get("/").status_code == 200

    def mails(self, template: str) -> list[dict[str, Any]]:
        """The mails of a template that were written to this account, in order."""
        found = mails_of(self.service.journal, self.account_id)
        return [mail for mail in found if mail["template"] == template]

    def token(self, template: str, name: str = "token") -> str:
        """The token in the newest mail of a template."""
        return str(self.mails(template)[-1]["values"][name])

    def with_authenticator(self) -> str:
        """Turn an authenticator on behind the pages; return its secret."""
        journal, context = self.service.journal, somewhere(self.clock())
        begun = begin_code(journal, self.account, context)
        code = pyotp.TOTP(begun.seed).at(self.clock())
        command = ConfirmCode(account_id=self.account_id, token=begun.token, code=code)
        confirm_code(journal, self.account, command, somewhere(self.clock()))
        self.clock.move(timedelta(seconds=30))
        return begun.seed

    def code(self, seed: str) -> str:
        """What an authenticator shows now; time goes on so that the next is new."""
        self.clock.move(timedelta(seconds=30))
        return pyotp.TOTP(seed).at(self.clock())


@contextmanager
def inhabitant(database: Database, clock: Clock) -> Iterator[Inhabitant]:
    """Somebody who has just signed in to a service of his own."""
    with service_on(database, clock) as service:
        app = create_app(service)
        buckets(app).clear()
        person = member(service.journal)
        someone = Inhabitant(service, app, clock, person, Browser(app))
        answer = someone.sign_in()
        assert answer.status_code == 303, words_of(answer.text)
        yield someone
