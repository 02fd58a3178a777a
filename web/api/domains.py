"""Sending domains over HTTP, answered from their own streams and no view."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import g
from flask.typing import ResponseReturnValue

from commands import domains as use
from commands.domain_checks import checks_of
from commands.domain_looks import check_now
from commands.owners import owner
from commands.sending_identities import sending_identity
from ledger.dns_records import wanted_records
from ledger.domains import SendingDomain
from web import access
from web.api import domain_shapes as shapes
from web.api import frame
from web.api.shapes import NothingSchema
from web.policies import DEVICE, KEY

BOTH = (KEY, DEVICE)
MINE = (frame.READ, "domains:read")
CHANGE = ("domains:write",)
ONE = "/domains/<uuid:domain_id>"

section = frame.Section("domains", "Domains that an account sends with")


@section.ask("/domains", shapes.DomainsSchema, who=BOTH, scopes=MINE)
def list_domains(account_id: UUID) -> ResponseReturnValue:
    """List the account's sending domains, the oldest first."""
    owner(frame.journal(), account_id)
    found = use.domains_of(frame.journal(), account_id)
    return {"data": [_summary(domain) for domain in found]}


@section.ask(ONE, shapes.DomainSchema, who=BOTH, scopes=MINE)
def get_domain(account_id: UUID, domain_id: UUID) -> ResponseReturnValue:
    """Tell how a domain stands, record by record, as of the latest look."""
    owner(frame.journal(), account_id)
    return _told(use.known(frame.journal(), account_id, domain_id))


@section.tell(
    "/domains",
    shapes.AddedSchema,
    shapes.NewDomainSchema,
    who=BOTH,
    scopes=CHANGE,
    status=201,
)
def add_domain(body: dict[str, Any], account_id: UUID) -> ResponseReturnValue:
    """Add a domain; once its records are published it is verified by itself."""
    command = use.AddDomain(account_id=account_id, name=body["name"])
    names = access.service().own.names
    recorded = use.add_domain(frame.journal(), command, frame.context(), names)
    domain_id = UUID(recorded.ids["domain"])
    domain = use.domain_of(frame.journal(), account_id, domain_id)
    location = f"{frame.PREFIX}/accounts/{account_id}/domains/{domain_id}"
    return frame.answered(recorded, _told(domain), location)


@section.tell(
    f"{ONE}/check",
    shapes.DomainSchema,
    NothingSchema,
    who=BOTH,
    scopes=CHANGE,
    body_required=False,
    keyed=False,
)
def check_domain(
    body: dict[str, Any], account_id: UUID, domain_id: UUID
) -> ResponseReturnValue:
    """Look at a domain's records now: once in half a minute, ten times an hour."""
    del body
    eyes = access.service().eyes
    return _told(check_now(frame.journal(), eyes, account_id, domain_id, g.now))


@section.tell(
    f"{ONE}/remove",
    shapes.RemovedSchema,
    NothingSchema,
    who=BOTH,
    scopes=CHANGE,
    body_required=False,
)
def remove_domain(
    body: dict[str, Any], account_id: UUID, domain_id: UUID
) -> ResponseReturnValue:
    """Remove a domain at once; its records mean nothing from now on."""
    del body
    command = use.RemoveDomain(account_id=account_id, domain_id=domain_id)
    recorded = use.remove_domain(frame.journal(), command, frame.context())
    return frame.answered(recorded, {"domain_id": domain_id})


@section.ask(
    "/sending-identity",
    shapes.IdentitySchema,
    who=BOTH,
    scopes=MINE,
    query=shapes.IdentityQuery,
)
def get_sending_identity(
    query: dict[str, Any], account_id: UUID
) -> ResponseReturnValue:
    """Tell whether mail from a domain is signed with it, or which From replaces it."""
    own = access.service().own
    asked = (query["domain"], query["local_part"], own)
    found = sending_identity(frame.journal(), account_id, *asked)
    signing = found.signing and {
        "domain_id": found.signing.domain_id,
        "domain": found.signing.name,
        "selector": found.signing.selector,
        "return_path": found.signing.return_path,
    }
    return {
        "domain": found.domain,
        "authenticated": found.signing is not None,
        "signing": signing,
        "from_address": found.from_address,
        "why": found.why,
    }


def _summary(domain: SendingDomain) -> dict[str, Any]:
    return {
        "domain_id": domain.id,
        "name": domain.name,
        "state": domain.state,
        "since": domain.since,
        "contested_until": domain.contest and domain.contest["until"],
    }


def _told(domain: SendingDomain) -> dict[str, Any]:
    """Return a domain with the records to publish and what was found of each."""
    zone = access.service().settings.dns_zone
    wanted = wanted_records(domain.name or "", domain.label, zone)
    latest = checks_of(frame.journal(), domain.account_id, domain.id)[:1]
    findings = {one.kind: one for check in latest for one in check.seen.findings}
    records = []
    for record in wanted:
        finding = findings.get(record.kind)
        told = {**vars(record), "relative_host": record.relative_host}
        told |= {"state": finding.state if finding else None}
        told |= {"found": finding.found if finding else []}
        told |= {"mistake": finding.mistake if finding else None}
        records.append(told)
    return {
        **_summary(domain),
        "records": records,
        "checked_at": latest[0].last_at if latest else None,
        "provider": latest[0].seen.provider if latest else None,
    }
