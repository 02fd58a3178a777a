"""A record to publish and what was found of it, as the pages show it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from commands.domain_checks import Seen
from ledger.dns_records import (
    FOUND,
    TEMPORARY,
    WAITING,
    Finding,
    Wanted,
    relative_to,
    wanted_records,
)
from ledger.host_names import shown as written
from web.panel.differing import differing, whole
from web.panel.dns_words import advice

Findings = Mapping[str, Finding]
"""What one look found, by the record's kind."""

WORST = ("several", "dns_error", "different", "timed_out", "waiting", "found")
"""States, the one that most needs somebody first."""


def shown(wanted: Wanted, zone: str) -> dict[str, Any]:
    """Return a record to publish in a zone, without what was found."""
    return {
        "kind": wanted.kind,
        "type": wanted.type,
        "host": wanted.host,
        "relative": relative_to(wanted.host, zone),
        "plain": wanted.value,
        "value": whole(wanted.value),
        "state": WAITING,
        "found": [],
        "advice": None,
        "kept": None,
    }


def sheet_of(name: str, label: str, our_zone: str, seen: Seen | None) -> dict[str, Any]:
    """Return the records of a domain for its IT person, who publishes them.

    `seen` is what the latest look saw: what helps and is there is not asked for.
    """
    wanted = wanted_records(name, label, our_zone)
    zone = (seen and seen.zone) or wanted[0].apex
    found = {one.kind for one in (seen.findings if seen else ()) if one.state == FOUND}
    helps = [one for one in wanted if not one.required and one.kind not in found]
    return {
        "domain": written(name),
        "zone": written(zone),
        "required": [shown(one, zone) for one in wanted if one.required],
        "recommended": [shown(one, zone) for one in helps],
    }


def compared(wanted: Wanted, zone: str, looks: Sequence[Findings]) -> dict[str, Any]:
    """Return a record with what the latest look found; `looks` are newest first."""
    record = shown(wanted, zone)
    if not looks or wanted.kind not in looks[0]:
        return record
    finding = looks[0][wanted.kind]
    state, found = finding.state, finding.found
    record |= {"state": state, "advice": advice(wanted, finding, zone)}
    if state == FOUND:
        record["found"] = [whole(one) for one in found if one != wanted.value]
    else:
        pairs = [differing(wanted.value, one) for one in found]
        record["found"] = [theirs for _, theirs in pairs]
        if len(pairs) == 1:
            record["value"] = pairs[0][0]
    if state in TEMPORARY:
        record["kept"] = _known(wanted.kind, looks)
    return record


def worst(records: Iterable[Mapping[str, Any]]) -> str:
    """Return the state of the record that most needs somebody."""
    states = {record["state"] for record in records}
    return next((state for state in WORST if state in states), WAITING)


def _known(kind: str, looks: Sequence[Findings]) -> str | None:
    """Return the last state of a record that somebody was sure of."""
    states = (look[kind].state for look in looks if kind in look)
    return next((state for state in states if state not in TEMPORARY), None)
