"""Automatic top-up: agreed to, changed and ended on the page of e-mail credits."""

from __future__ import annotations

from flask import Blueprint, Response, g, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from commands.gateways.processor import PaymentsUnreachable
from commands.top_up_cards import lead_to_card_page, settle_card
from commands.top_up_notes import top_up_of
from commands.top_ups import TurnOffTopUp, TurnOnTopUp, change_top_up, end_top_up
from ledger.refusals import CapBelowPack, NoSuchPack, PackBelowThreshold
from web import access, pages
from web.formats import money, number
from web.panel import figures
from web.panel.forms import texts
from web.panel.top_up_figures import currency_of, minor_in, number_in, top_up_values
from web.policies import CUSTOMER, allow
from web.words import current_language, gettext

FIELDS = ("top_up_threshold", "top_up_sku", "top_up_cap")

blueprint = Blueprint("top_ups", __name__, url_prefix="/credits/top-up")


@blueprint.post("")
@allow(CUSTOMER)
def save() -> AnyResponse:
    """Have it on these terms; without a card lead to the page where one is entered."""
    form = texts(*FIELDS)
    service, account_id = access.service(), access.account_id()
    try:
        command = _wish(form)
        parts = (service.journal, service.payments, service.catalogue)
        change_top_up(*parts, command, access.form_context())
    except Mistyped as wrong:
        return _again(form, wrong.errors)
    except (CapBelowPack, NoSuchPack, PackBelowThreshold) as refusal:
        return _again(form, _errors(refusal))
    if top_up_of(service.journal, account_id).card is None:
        return card()
    return _back()


@blueprint.post("/card")
@allow(CUSTOMER)
def card() -> AnyResponse:
    """Lead to the processor's page where a card is entered, once there are terms."""
    service, account_id = access.service(), access.account_id()
    if top_up_of(service.journal, account_id).terms is None:
        return _back()
    base = service.settings.daybook_base_url.rstrip("/")
    back = base + url_for("top_ups.returned")
    context = access.context(f"card:{request.form.get('command_id', '')[:80]}")
    parts = (service.journal, service.payments, account_id, back)
    return redirect(lead_to_card_page(*parts, context), 303)


@blueprint.get("/returned")
@allow(CUSTOMER)
def returned() -> AnyResponse:
    """Where the processor sends the customer back: ask it for the card."""
    service, account_id = access.service(), access.account_id()
    page = top_up_of(service.journal, account_id).page
    if page is not None:
        try:
            settle_card(service.journal, service.payments, account_id, page[0], g.now)
        except PaymentsUnreachable:
            g.later = True
    return _back()


@blueprint.post("/off")
@allow(CUSTOMER)
def off() -> AnyResponse:
    """Have it off, and the card forgotten where that is wished."""
    service = access.service()
    command = TurnOffTopUp(
        account_id=access.account_id(), forget=request.form.get("forget") == "yes"
    )
    context = access.form_context()
    end_top_up(service.journal, service.payments, command, context)
    return _back()


class Mistyped(Exception):  # noqa: N818 - a fact, as a refusal is
    """What was typed is no number; `errors` say so by the field."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__(errors)
        self.errors = errors


def _wish(form: dict[str, str]) -> TurnOnTopUp:
    """Raises Mistyped."""
    errors, numbers = {}, {"threshold": 0, "cap_minor": 0}
    try:
        numbers["threshold"] = number_in(form["top_up_threshold"])
    except ValueError:
        numbers["threshold"] = 0
    if numbers["threshold"] < 1:
        errors["top_up_threshold"] = gettext("Type a whole number of credits.")
    try:
        numbers["cap_minor"] = minor_in(form["top_up_cap"], currency_of())
    except ValueError:
        errors["top_up_cap"] = gettext("Type an amount, such as 150.")
    if errors:
        raise Mistyped(errors)
    account_id = access.account_id()
    return TurnOnTopUp(account_id=account_id, sku=form["top_up_sku"], **numbers)


def _errors(refusal: CapBelowPack | NoSuchPack | PackBelowThreshold) -> dict[str, str]:
    language = current_language()
    if isinstance(refusal, NoSuchPack):
        return {"top_up_sku": gettext("Choose one of the packs.")}
    if isinstance(refusal, CapBelowPack):
        total = money(refusal.total_minor, currency_of(), language)
        return {"top_up_cap": gettext("One pack costs %(total)s already.", total=total)}
    count = number(refusal.threshold, language)
    words = gettext("Choose a pack of at least %(count)s credits.", count=count)
    return {"top_up_sku": words}


def _again(form: dict[str, str], errors: dict[str, str]) -> Response:
    values = figures.credits_page()
    values |= {"top_up": top_up_values(form), "errors": errors}
    return pages.page("credits/show.html", 422, **values)


def _back() -> AnyResponse:
    return redirect(url_for("credits.show", _anchor="top-up"), 303)
