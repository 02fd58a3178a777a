"""Members of staff from the command line: the first one has nobody to invite him."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any
from uuid import uuid4

from commands.staff import (
    AddStaff,
    ChangeRole,
    RemoveStaff,
    add_staff,
    change_role,
    member_of,
    remove_staff,
)
from ledger.journal import Actor, Context
from ledger.refusals import EmailTaken, UndeliverableAddress
from web import operators
from web.settings import Settings
from web.wiring import utc_now
from web.words import LANGUAGES

ROLES = ("support", "finance", "auditor")
Add = Callable[[str, Any, str], argparse.ArgumentParser]


def install(add: Add) -> None:
    """Add `daybook staff` to the command line."""
    staff = add("staff", _staff, "invite a member of staff, change or remove one")
    staff.add_argument("what", choices=("add", "role", "remove"))
    staff.add_argument("email")
    staff.add_argument("--role", choices=ROLES)
    staff.add_argument("--language", choices=tuple(LANGUAGES), default="en")


def _staff(settings: Settings, arguments: argparse.Namespace) -> int:
    if arguments.what != "remove" and arguments.role is None:
        print("--role is needed: support, finance or auditor")  # noqa: T201
        return 2
    with operators.opened(settings) as service:
        do = {"add": _add, "role": _role, "remove": _remove}[arguments.what]
        return do(service.journal, arguments, settings.daybook_base_url)


def _context() -> Context:
    return Context(
        principal="operator",
        key=str(uuid4()),
        actor=Actor("operator", "command line"),
        now=utc_now(),
        correlation_id=uuid4(),
    )


def _add(journal: Any, arguments: argparse.Namespace, base: str) -> int:
    command = AddStaff(
        email=arguments.email, role=arguments.role, language=arguments.language
    )
    try:
        added = add_staff(journal, command, _context())
    except UndeliverableAddress:
        print(f"{arguments.email} is not an address that mail can be sent to")  # noqa: T201
        return 2
    except EmailTaken:
        print(f"{arguments.email} is a member of staff already, or was one")  # noqa: T201
        return 1
    print("The link is mailed too; it is good for 24 hours and one use:")  # noqa: T201
    print(f"{base.rstrip('/')}/staff/join/{added.token}")  # noqa: T201
    return 0


def _role(journal: Any, arguments: argparse.Namespace, _: str) -> int:
    member = member_of(journal, arguments.email)
    if member is None or member.left:
        return _unknown(arguments.email)
    command = ChangeRole(account_id=member.id, role=arguments.role)
    change_role(journal, command, _context())
    print(f"{arguments.email} is {arguments.role} from now on")  # noqa: T201
    return 0


def _remove(journal: Any, arguments: argparse.Namespace, _: str) -> int:
    member = member_of(journal, arguments.email)
    if member is None or member.left:
        return _unknown(arguments.email)
    remove_staff(journal, RemoveStaff(account_id=member.id), _context())
    print(f"{arguments.email} can sign in no more")  # noqa: T201
    return 0


def _unknown(email: str) -> int:
    print(f"{email} is no member of staff")  # noqa: T201
    return 1
