"""Commands of operators: keys, lag, unpark, rebuild, the major upgrade."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from commands.gateways.payments import StripePayments
from ledger.addresses import address_from
from ledger.journal import Actor, Context
from web.database import Database, prepare_embedded
from web.embedded import EmbeddedServer
from web.embedded_cluster import home_of, major_of
from web.settings import Settings, SettingsTrouble
from web.wiring import Service, build, database_of

Add = Callable[[str, Any, str], argparse.ArgumentParser]


def install(add: Add) -> None:
    """Add the operators' commands to the command line."""
    key = add("api-key", _issue_key, "issue a service key; its secret is shown once")
    key.add_argument("what", choices=("issue",))
    key.add_argument("--name", required=True)
    key.add_argument(
        "--scope", action="append", help="what it may do; all, if left out"
    )
    key.add_argument("--json", action="store_true")
    account = add("account", _account, "print the id of the account of an address")
    account.add_argument("email")
    lag = add("lag", _lag, "print how far each view is behind, and who is parked")
    lag.add_argument("--json", action="store_true")
    unpark = add("unpark", _unpark, "try a parked account again")
    unpark.add_argument("view")
    unpark.add_argument("account_id", type=UUID)
    database = add("database", _database, "move our own database to this PostgreSQL")
    database.add_argument("what", choices=("upgrade",))
    rebuild = add("rebuild", _rebuild, "fill a view anew beside the live one; switch")
    rebuild.add_argument("view")
    _install_others(add)


def _install_others(add: Add) -> None:
    from web import (
        backups,
        domains_cli,
        erasure_cli,
        master_key_cli,
        reconcile_cli,
        simulate,
        usage_cli,
        zone_cli,
    )

    simulate.install(add)
    backups.install(add)
    master_key_cli.install(add)
    domains_cli.install(add)
    reconcile_cli.install(add)
    erasure_cli.install(add)
    usage_cli.install(add)
    zone_cli.install(add)


@contextmanager
def opened(settings: Settings) -> Iterator[Service]:
    """Open a service for one command."""
    with database_for(settings) as database:
        nobody = StripePayments("sk_test_nobody", "whsec_nobody", NOWHERE)
        with build(settings, database, payments=nobody) as service:
            yield service


@contextmanager
def database_for(settings: Settings, *, make: bool = False) -> Iterator[Database]:
    """Use the database of the environment, or else our own in var/, if it is there.

    With `make` our own is made where there is none. It is started when it does not
    run, and stopped again by its last user.
    """
    folder = settings.daybook_var.absolute()
    made = make or (home_of(folder / "pg") / "data").exists()
    if settings.database_url or not made:
        yield database_of(settings)
        return
    with EmbeddedServer(folder / "pg") as server:
        yield prepare_embedded(server.conninfo(), folder)


def operator_context(service: Service) -> Context:
    """Return the envelope of an operator's command."""
    return Context(
        principal="system:operator",
        key=str(uuid4()),
        actor=Actor("system", "operator"),
        now=service.clock(),
        correlation_id=uuid4(),
    )


NOWHERE = "http://127.0.0.1:9"
"""No command of operators or auditors speaks to the processor."""


def say(line: str = "") -> None:
    """Print one line of a command's answer."""
    print(line)  # noqa: T201 - a command speaks


def _issue_key(settings: Settings, parsed: argparse.Namespace) -> int:
    from commands.api_keys import SCOPES, IssueApiKey, issue_api_key

    scopes = tuple(parsed.scope or SCOPES)
    if unknown := set(scopes) - set(SCOPES):
        raise SettingsTrouble(f"no scope {min(unknown)}; there are {', '.join(SCOPES)}")
    command = IssueApiKey(name=parsed.name, scopes=scopes)
    with opened(settings) as service:
        issued = issue_api_key(service.journal, command, operator_context(service))
    if parsed.json:
        say(json.dumps({"key_id": str(issued.key_id), "secret": issued.secret}))
    else:
        say(f"Key ID  {issued.key_id}\nSecret  {issued.secret}")
        say("The secret is not shown again.")
    return 0


def _account(settings: Settings, parsed: argparse.Namespace) -> int:
    from commands.credentials import holder_of

    with opened(settings) as service:
        address = address_from(parsed.email)
        found = holder_of(service.journal, address.canonical)
    if found is None:
        say("no account has this address")
        return 1
    say(str(found.id))
    return 0


def _lag(settings: Settings, parsed: argparse.Namespace) -> int:
    with opened(settings) as service:
        found = [vars(lag) for lag in service.views.lags()]
        waiting = [vars(row) for row in service.views.parked()]
    if parsed.json:
        say(json.dumps({"views": found, "parked": waiting}, default=str))
        return 0
    for row in found:
        say(
            f"{row['consumer']:<12} {row['facts']:>9} facts {row['seconds']:>9.1f} s"
            f" {row['parked']:>6} parked"
        )
    for row in waiting:
        say(
            f"parked: {row['consumer']} {row['account_id']} at {row['position']}"
            f" {row['topic']}: {row['trouble']}"
        )
    return 0


def _unpark(settings: Settings, parsed: argparse.Namespace) -> int:
    with opened(settings) as service:
        if parsed.view not in service.views.all:
            say(f"there is no view {parsed.view}: {', '.join(service.views.all)}")
            return 2
        done = service.views.unpark(parsed.view, parsed.account_id)
    say("to be tried again now" if done else "this account is not parked there")
    return 0 if done else 1


def _database(settings: Settings, parsed: argparse.Namespace) -> int:
    from web.embedded import find_binaries
    from web.embedded_programs import inspect_binaries
    from web.embedded_upgrade import upgrade

    del parsed
    folder = settings.daybook_var.absolute() / "pg"
    major = major_of(home_of(folder) / "data")
    new = find_binaries(os.environ)
    if major is None or major == new.major:
        say(f"nothing to do: the data are for PostgreSQL {major or new.major}")
        return 0
    given = os.environ.get("DAYBOOK_PG_BIN", f"/usr/lib/postgresql/{major}/bin")
    kept = upgrade(folder, inspect_binaries(Path(given), "system"), new)
    say(f"the data are for PostgreSQL {new.major} now; the old ones are kept in {kept}")
    return 0


def _rebuild(settings: Settings, parsed: argparse.Namespace) -> int:
    from projections.rebuild import Rebuild

    with opened(settings) as service:
        views = service.views.all
        if parsed.view not in views:
            say(f"there is no view {parsed.view}: {', '.join(views)}")
            return 2
        count = Rebuild(service.reader, views[parsed.view]).run()
    say(f"{count:,} facts read; the new rows are live")
    return 0
