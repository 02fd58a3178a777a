"""E-mail authentication: sending domains, their records, and how these were found."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, Response, g, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from commands.domain_looks import check_now
from commands.domains import AddDomain, RemoveDomain, add_domain, remove_domain
from ledger.refusals import (
    DomainExists,
    Invalid,
    Refusal,
    TooManyAttempts,
    TooManyDomains,
)
from web import access, pages
from web.panel import domain_figures as figures
from web.panel.domain_refusals import name_words, too_soon
from web.panel.lists import back_to
from web.policies import CUSTOMER, allow
from web.wiring import own_names

blueprint = Blueprint("domains", __name__)


@blueprint.get("/domains")
@allow(CUSTOMER)
def index() -> Response:
    """Show the sending domains, and the form that adds one."""
    return pages.page("domains/index.html", **figures.list_page())


@blueprint.post("/domains")
@allow(CUSTOMER)
def add() -> AnyResponse:
    """Add a domain and show its records; one that is there already is shown."""
    service = access.service()
    command = AddDomain(
        account_id=access.account_id(), name=request.form.get("domain", "")
    )
    ours = own_names(service.settings)
    try:
        added = add_domain(service.journal, command, access.form_context(), ours)
    except DomainExists as known:
        return redirect(url_for("domains.show", domain_id=known.domain_id), 303)
    except (Invalid, TooManyDomains) as refusal:
        return _wrong(refusal)
    return back_to("domains.show", added, domain_id=UUID(added.ids["domain"]))


@blueprint.get("/domains/<uuid:domain_id>")
@allow(CUSTOMER)
def show(domain_id: UUID) -> Response:
    """Show a domain's records, state, keys and history."""
    return pages.page("domains/show.html", **figures.domain_page(domain_id))


@blueprint.post("/domains/<uuid:domain_id>/check")
@allow(CUSTOMER)
def check(domain_id: UUID) -> AnyResponse:
    """Look at a domain's records now, and show what was found."""
    service = access.service()
    try:
        check_now(service.journal, service.eyes, access.account_id(), domain_id, g.now)
    except TooManyAttempts as refusal:
        values = figures.domain_page(domain_id, too_soon(refusal))
        return pages.page("domains/show.html", 429, **values)
    seen = service.journal.position_of(domain_id)
    return redirect(url_for("domains.show", domain_id=domain_id, after=seen), 303)


@blueprint.get("/domains/<uuid:domain_id>/sheet")
@allow(CUSTOMER)
def sheet(domain_id: UUID) -> Response:
    """Show the records on one sheet, to print, to copy, or to have mailed."""
    return pages.page("domains/sheet.html", **figures.sheet_page(domain_id))


@blueprint.get("/domains/<uuid:domain_id>/remove")
@allow(CUSTOMER)
def removal(domain_id: UUID) -> Response:
    """Ask before a domain is removed."""
    return pages.page("domains/remove.html", **figures.removal_page(domain_id))


@blueprint.post("/domains/<uuid:domain_id>/remove")
@allow(CUSTOMER)
def remove(domain_id: UUID) -> AnyResponse:
    """Remove a domain."""
    command = RemoveDomain(account_id=access.account_id(), domain_id=domain_id)
    remove_domain(access.service().journal, command, access.form_context())
    return redirect(url_for("domains.index"), 303)


def _wrong(refusal: Refusal) -> Response:
    errors = {"domain": name_words(refusal)}
    values = figures.list_page() | {"errors": errors}
    return pages.page("domains/index.html", 422, **values)
