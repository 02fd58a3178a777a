"""Refunds, disputes and corrections of credits: each act recorded with who and why."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from commands.adjustments import (
    CREDITS_MAX,
    GrantCredits,
    RemoveCredits,
    grant_credits,
    remove_credits,
)
from commands.reconciliation_reports import kept_reports
from commands.refunds import (
    ApproveRefund,
    ProposeRefund,
    RejectRefund,
    approve_refund,
    open_reversals,
    propose_refund,
    refund_offer,
    reject_refund,
)
from commands.staff_acts import REASON_CHARACTERS_MAX
from ledger.refusals import (
    ExpiryPassed,
    InsufficientCredits,
    NoSuchPurchase,
    RefundDecided,
    RefundNotPromised,
    SecondPersonNeeded,
)
from web import access, pages
from web.policies import allow, staff
from web.staff.identity import looked, member
from web.words import current_zone, gettext

blueprint = Blueprint("staff_money", __name__, url_prefix="/staff")

MONEY = ("support", "finance")
ABOUT_EMAILS = ("emails_unknown", "too_many_emails")
PURCHASE = "/accounts/<uuid:account_id>/purchases/<uuid:purchase_id>"


@blueprint.get("/refunds")
@allow(staff("support", "finance", "auditor"))
def under_way() -> Response:
    """Show refunds and disputes that somebody must look at, the oldest first."""
    looked("refunds and disputes")
    rows = open_reversals(access.service().journal)
    return pages.page("staff/refunds.html", rows=rows)


@blueprint.get("/reconciliation")
@allow(staff("finance", "auditor"))
def reconciliation() -> Response:
    """Show what was found when Stripe's books were compared with ours."""
    looked("reconciliation")
    reports, differences = kept_reports(access.service().journal)
    return pages.page(
        "staff/reconciliation.html", reports=reports, differences=differences
    )


@blueprint.get(PURCHASE)
@allow(staff())
def show(account_id: UUID, purchase_id: UUID) -> Response:
    """Show one purchase, with what became of its money."""
    return _page(account_id, purchase_id)


@blueprint.post(f"{PURCHASE}/refunds")
@allow(staff(*MONEY), bucket="forms")
def propose(account_id: UUID, purchase_id: UUID) -> AnyResponse:
    """Propose to give back unused credits; a small amount is sent at once."""
    whose = (account_id, purchase_id)
    if not (reason := _reason()):
        return _page(*whose, {"reason": _reason_missing()})
    typed = request.form.get("credits", "").strip()
    if typed and not (typed.isdecimal() and 0 < int(typed) <= CREDITS_MAX):
        wrong = gettext("Type a whole number of credits, or nothing for all.")
        return _page(*whose, {"credits": wrong})
    emails = request.form.get("emails", "").strip()
    if emails and not (emails.isdecimal() and int(emails) <= CREDITS_MAX):
        return _page(*whose, {"emails": gettext("Type a whole number of e-mails.")})
    command = ProposeRefund(
        account_id=account_id,
        purchase_id=purchase_id,
        reason=reason,
        credits=int(typed) if typed else None,
        alone_minor=access.service().settings.daybook_refund_alone_minor,
        emails_sent=int(emails) if emails else None,
    )
    try:
        propose_refund(access.service().journal, command, access.form_context())
    except RefundNotPromised as refusal:
        field = "emails" if refusal.why in ABOUT_EMAILS else "credits"
        return _page(*whose, {field: why_not(refusal.why)})
    return _back(*whose)


@blueprint.post(f"{PURCHASE}/refunds/<uuid:refund_id>/approve")
@allow(staff("finance"), bucket="forms")
def approve(account_id: UUID, purchase_id: UUID, refund_id: UUID) -> AnyResponse:
    """Agree to what somebody else proposed."""
    command = ApproveRefund(
        account_id=account_id, purchase_id=purchase_id, refund_id=refund_id
    )
    try:
        approve_refund(access.service().journal, command, access.form_context())
    except SecondPersonNeeded:
        alone = gettext("You proposed it: somebody else has to agree.")
        return _page(account_id, purchase_id, {"decision": alone})
    except RefundDecided:
        return _page(account_id, purchase_id, {"decision": _decided()})
    return _back(account_id, purchase_id)


@blueprint.post(f"{PURCHASE}/refunds/<uuid:refund_id>/reject")
@allow(staff(*MONEY), bucket="forms")
def reject(account_id: UUID, purchase_id: UUID, refund_id: UUID) -> AnyResponse:
    """Disagree with a proposal, or take back one's own."""
    if not (reason := _reason("decision")):
        return _page(account_id, purchase_id, {"decision": _reason_missing()})
    command = RejectRefund(
        account_id=account_id,
        purchase_id=purchase_id,
        refund_id=refund_id,
        reason=reason,
    )
    try:
        reject_refund(access.service().journal, command, access.form_context())
    except RefundDecided:
        return _page(account_id, purchase_id, {"decision": _decided()})
    return _back(account_id, purchase_id)


@blueprint.get("/accounts/<uuid:account_id>/credits")
@allow(staff(*MONEY))
def credits(account_id: UUID) -> Response:
    """Show the forms by which credits are given and taken away."""
    return _credits(account_id)


@blueprint.post("/accounts/<uuid:account_id>/credits/grant")
@allow(staff(*MONEY), bucket="forms")
def grant(account_id: UUID) -> AnyResponse:
    """Give credits, as a promotion that may expire or to set something right."""
    number, reason = _number("grant_credits"), _reason("grant_reason")
    errors = _lacking("grant", number, reason)
    expires_at, wrong = _expiry()
    if wrong:
        errors["expires_on"] = wrong
    if errors or number is None:
        return _credits(account_id, errors)
    promoted = request.form.get("kind") == "promotion"
    command = GrantCredits(
        account_id=account_id,
        kind="promotion" if promoted else "adjustment",
        credits=number,
        reason=reason,
        expires_at=expires_at,
    )
    try:
        grant_credits(access.service().journal, command, access.form_context())
    except ExpiryPassed:
        return _credits(account_id, {"expires_on": gettext("That day has passed.")})
    return redirect(url_for("staff.show", account_id=account_id), 303)


@blueprint.post("/accounts/<uuid:account_id>/credits/remove")
@allow(staff(*MONEY), bucket="forms")
def remove(account_id: UUID) -> AnyResponse:
    """Take available credits away."""
    number, reason = _number("remove_credits"), _reason("remove_reason")
    errors = _lacking("remove", number, reason)
    if errors or number is None:
        return _credits(account_id, errors)
    command = RemoveCredits(account_id=account_id, credits=number, reason=reason)
    try:
        remove_credits(access.service().journal, command, access.form_context())
    except InsufficientCredits as refusal:
        few = gettext(
            "Only %(available)s credits are available.", available=refusal.available
        )
        return _credits(account_id, {"remove_credits": few})
    return redirect(url_for("staff.show", account_id=account_id), 303)


def why_not(why: str) -> str:
    """Return in words why the refund promise does not cover a purchase."""
    return {
        "unpaid": gettext("Nothing was paid."),
        "violation": gettext("Nothing is given back to a disabled account."),
        "too_late": gettext("More than 30 days have passed since it was paid."),
        "disputed": gettext("The payment is disputed at the bank."),
        "not_first": gettext("Only the first month or year is given back."),
        "emails_unknown": gettext("Say how many e-mails went out."),
        "too_many_emails": gettext("More than 1,000 e-mails went out."),
    }.get(why, gettext("Fewer credits than that are unused."))


def _decided() -> str:
    return gettext("Somebody has decided already.")


def _reason(field: str = "reason") -> str:
    return " ".join(request.form.get(field, "").split())[:REASON_CHARACTERS_MAX]


def _reason_missing() -> str:
    return gettext("Say why: it is recorded with what you do.")


def _number(field: str) -> int | None:
    typed = request.form.get(field, "").strip()
    right = typed.isascii() and typed.isdecimal() and 0 < int(typed) <= CREDITS_MAX
    return int(typed) if right else None


def _lacking(form: str, number: int | None, reason: str) -> dict[str, str]:
    errors = {}
    if number is None:
        wrong = gettext("Type a whole number of credits.")
        errors[f"{form}_credits"] = wrong
    if not reason:
        errors[f"{form}_reason"] = _reason_missing()
    return errors


def _expiry() -> tuple[datetime | None, str | None]:
    """Return the end of the day that was typed, or what is wrong with it."""
    typed = request.form.get("expires_on", "").strip()
    if not typed:
        return None, None
    try:
        day = date.fromisoformat(typed) + timedelta(days=1)
    except (ValueError, OverflowError):
        return None, gettext("Type a day as 2026-12-31, or nothing.")
    return datetime.combine(day, time(), current_zone()), None


def _back(account_id: UUID, purchase_id: UUID) -> AnyResponse:
    page = url_for("staff_money.show", account_id=account_id, purchase_id=purchase_id)
    return redirect(page, 303)


def _page(
    account_id: UUID, purchase_id: UUID, errors: dict[str, str] | None = None
) -> Response:
    looked("purchase", account_id)
    service = access.service()
    row = service.views.purchases.purchase(account_id, purchase_id)
    if row is None:
        raise NoSuchPurchase(purchase_id=purchase_id)
    asked = (service.journal, account_id, purchase_id, access.context())
    offer = refund_offer(*asked, emails_sent=0)
    return pages.page(
        "staff/purchase.html",
        422 if errors else 200,
        subject_id=account_id,
        purchase=row,
        offer=offer,
        why=why_not(offer.why) if offer.why else None,
        is_period=row.items[0]["kind"] != "credits",
        alone_minor=service.settings.daybook_refund_alone_minor,
        **_form(errors),
    )


def _credits(account_id: UUID, errors: dict[str, str] | None = None) -> Response:
    looked("credits", account_id)
    status = 422 if errors else 200
    values = {"subject_id": account_id, **_form(errors)}
    return pages.page("staff/credits.html", status, **values)


def _form(errors: dict[str, str] | None) -> dict[str, Any]:
    return {
        "errors": errors or {},
        "role": member().role,
        "command_id": access.new_command_id(),
    }
