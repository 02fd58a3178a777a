"""Commands for our DNS zone, and for the keys in it."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from psycopg import Connection

from commands import zone
from commands.domain_names import Holder, holder_of
from commands.key_sightings import sight_of
from commands.signing_keys import (
    RevokeSigningKey,
    RotateKeys,
    keys_of_domain,
    revoke_signing_key,
    rotate_keys,
)
from commands.signing_rounds import tend_domain
from commands.zone_checks import zone_differences
from ledger.refusals import Refusal
from ledger.zone import ZoneRecord, head_lines
from web.operators import Add, opened, operator_context, say
from web.problems import name_of
from web.settings import Settings, SettingsTrouble
from web.wiring import Service


def install(add: Add) -> None:
    """Add the commands to the command line."""
    written = add("zone", _zone, "write what our own DNS zone holds, as a zone file")
    written.add_argument(
        "--changes-since",
        type=int,
        metavar="POSITION",
        help="only what changed since, as lines of JSON for a provider's API",
    )
    written.add_argument(
        "--check",
        action="store_true",
        help="write nothing, but compare what the zone is read from with the journal",
    )
    key = add("signing-key", _signing_key, "show, rotate or revoke a domain's keys")
    key.add_argument("what", choices=("list", "rotate", "revoke"))
    key.add_argument("domain", help="a domain that an account holds")
    key.add_argument("--selector", choices=("dm1", "dm2"), help="the key to revoke")


def _zone(settings: Settings, parsed: argparse.Namespace) -> int:
    hosts = zone.ZoneHosts(bounce=settings.bounce_host, tracking=settings.tracking_host)
    with opened(settings) as service, _snapshot(service) as connection:
        if parsed.check:
            return _check(service, connection)
        state = zone.zone_state(connection)
        if parsed.changes_since is None:
            _write_file(settings, connection, hosts, state)
        else:
            _write_changes(settings, connection, hosts, parsed.changes_since, state)
    return 0


def _check(service: Service, connection: Connection[Any]) -> int:
    differs = 0
    for line in zone_differences(service.journal, connection):
        differs += 1
        say(f"differs: {line}")
    if not differs:
        say("what the zone is read from agrees with the journal")
    return 1 if differs else 0


@contextmanager
def _snapshot(service: Service) -> Iterator[Connection[Any]]:
    with service.connections.direct() as connection, connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield connection


def _write_file(
    settings: Settings,
    connection: Connection[Any],
    hosts: zone.ZoneHosts,
    state: zone.ZoneState,
) -> None:
    say(f"; position {state.position}")
    servers = settings.zone_nameservers
    for line in head_lines(
        settings.dns_zone, servers, settings.zone_contact, state.serial
    ):
        say(line)
    for record in zone.zone_records(connection, hosts):
        say(record.line)


def _write_changes(
    settings: Settings,
    connection: Connection[Any],
    hosts: zone.ZoneHosts,
    after: int,
    state: zone.ZoneState,
) -> None:
    """Write each change as a line, and the position to go on from as the last one."""
    span = (after, state.position)
    for position, record in zone.zone_changes(connection, hosts, *span):
        say(json.dumps({"position": str(position), **_told(record, settings.dns_zone)}))
    say(json.dumps({"position": str(max(after, state.position)), "complete": True}))


def _told(record: ZoneRecord, zone_name: str) -> dict[str, Any]:
    return {
        "name": f"{record.name}.{zone_name}",
        "type": record.type,
        "ttl": record.ttl_seconds,
        "values": [] if record.value is None else [record.value],
    }


def _signing_key(settings: Settings, parsed: argparse.Namespace) -> int:
    if parsed.what == "revoke" and parsed.selector is None:
        raise SettingsTrouble("say which key: --selector dm1 or --selector dm2")
    with opened(settings) as service:
        holder = holder_of(service.journal, parsed.domain.lower())
        if holder is None:
            say("no account holds this name")
            return 1
        try:
            _change(service, holder, parsed)
            keys = keys_of_domain(service.journal, holder.account_id, holder.domain_id)
        except Refusal as refusal:
            say(f"{name_of(refusal)}: {refusal.__doc__}")
            return 1
    for selector, key in keys.keys.items():
        seen = f"seen {key.seen_at:%Y-%m-%d %H:%M} UTC" if key.seen_at else "not seen"
        say(f"{selector}  {key.state:<8} {key.since:%Y-%m-%d %H:%M} UTC  {seen}")
    return 0


def _change(service: Service, holder: Holder, parsed: argparse.Namespace) -> None:
    place = {"account_id": holder.account_id, "domain_id": holder.domain_id}
    context = operator_context(service)
    if parsed.what == "rotate":
        rotate_keys(service.journal, RotateKeys(**place), context)
    elif parsed.what == "revoke":
        command = RevokeSigningKey(**place, selector=parsed.selector)
        revoke_signing_key(service.journal, command, context)
        sight = sight_of(service.lookups, service.settings.dns_zone)
        tend_domain(service.journal, sight, **place, now=context.now)
