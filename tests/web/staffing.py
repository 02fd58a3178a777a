"""Members of the staff: invited, joined by the link, and signed in with a code."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pyotp
from flask import Flask

from commands.staff import AddStaff, add_staff
from ledger.aggregate import SYSTEM
from ledger.journal import Actor, Context
from tests.commands.people import new_email
from tests.web.browsing import Browser
from tests.web.service import Clock
from web.wiring import Service

PHRASE = "La Meuse remonte vers Namur"
SEED = re.compile(r'id="seed"[^>]*>([A-Z2-7 ]{39})<')
CODES = re.compile(r"<li>([0-9A-Z-]{19})")
STEP = timedelta(seconds=30)


@dataclass
class Joined:
    """A member of staff in his browser, and all that lets him in."""

    browser: Browser
    staff_id: UUID
    email: str
    invitation: str
    seed: str
    codes: list[str]


def operator(service: Service) -> Context:
    """Return the envelope of a command from the command line."""
    return Context(
        principal="operator",
        key=uuid4().hex,
        actor=Actor("operator", "command line"),
        now=service.clock(),
        correlation_id=uuid4(),
    )


def invited(service: Service, role: str, email: str) -> tuple[UUID, str]:
    """Invite somebody; return his id and the token of the link."""
    command = AddStaff(email=email, role=role)
    added = add_staff(service.journal, command, operator(service))
    return added.staff_id, added.token


def joined(service: Service, app: Flask, clock: Clock, role: str) -> Joined:
    """Let somebody join and sign in; every code is used up, so time goes on."""
    email = new_email(role)
    staff_id, token = invited(service, role, email)
    browser, path = Browser(app), f"/staff/join/{token}"
    seed = seed_on(browser.get(path).text)
    typed = {"password": PHRASE, "password_again": PHRASE}
    page = browser.send(path, path, code=code_of(seed, clock), **typed).text
    member = Joined(browser, staff_id, email, token, seed, CODES.findall(page))
    sign_in(member, clock)
    return member


def sign_in(member: Joined, clock: Clock) -> None:
    """Sign in with the next code."""
    clock.move(STEP)
    door = "/staff/sign-in"
    member.browser.send(door, door, email=member.email, password=PHRASE)
    code = code_of(member.seed, clock)
    answer = member.browser.send(f"{door}/code", f"{door}/code", code=code)
    assert answer.location == "/staff", answer.text


def seed_on(page: str) -> str:
    """Return the authenticator's secret that a page shows."""
    found = SEED.search(page)
    assert found is not None, page
    return found[1].replace(" ", "")


def code_of(seed: str, clock: Clock) -> str:
    """Return what an authenticator shows now."""
    return pyotp.TOTP(seed).at(clock.now)


def looks(service: Service, staff_id: UUID) -> list[tuple[str, UUID | None]]:
    """Return what a member of staff looked at, and whose it was, oldest first."""
    with service.connections.for_account(SYSTEM) as connection:
        rows: list[Any] = connection.execute(
            "SELECT what, subject_id FROM staff_access_log"
            " WHERE account_id = %s ORDER BY at, entry_id",
            (staff_id,),
        ).fetchall()
    return [(what, subject_id) for what, subject_id in rows]
