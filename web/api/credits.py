"""Credits as programs see and spend them: figures, holds, captures, the statement."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Response, g, request, url_for
from flask.typing import ResponseReturnValue

from commands import allowances
from commands import credits as use
from commands import period_holds as periods
from commands.plans import require_account
from ledger.catalogue import Catalogue
from ledger.holds import Hold
from ledger.lots import Lot
from ledger.refusals import (
    HoldNotCaptured,
    InsufficientCredits,
    NoSuchHold,
    RecipientsExceedTier,
    Refusal,
    TierUsedUp,
)
from web import access
from web.api import credit_shapes as shapes
from web.api import frame
from web.api.shapes import PageQuery, RecipientsQuery
from web.policies import DEVICE, KEY
from web.problems import evidence_of, name_of, problem

MINE = (frame.READ, "credits:read")
EITHER = (*MINE, frame.HOLD)
BOTH = (KEY, DEVICE)
"""The system that sends asks before and after, with the one scope it has."""
ONE = "/holds/<uuid:hold_id>"

section = frame.Section("credits", "What an account can send, and sending it")


@section.ask(
    "/credits", shapes.CreditsSchema, who=BOTH, scopes=EITHER, headers=("ETag",)
)
def get_credits(account_id: UUID) -> ResponseReturnValue:
    """Tell the credits of this moment."""
    balance = use.balance_of(frame.journal(), account_id)
    figures = balance.figures(g.now)
    body = {
        **asdict(figures),
        "balance": figures.available + figures.held,
        "threshold": balance.threshold,
        "open_holds": sum(not h.has_ended(g.now) for h in balance.holds.values()),
        "version": balance.version,
    }
    moved = _moved_by_time(balance.lots, balance.holds, g.now)
    tag = f"{balance.version}.{moved}" if moved else str(balance.version)
    return frame.tagged(body, tag)


@section.ask(
    "/allowance", shapes.AllowanceSchema, who=BOTH, scopes=EITHER, query=RecipientsQuery
)
def get_allowance(query: dict[str, Any], account_id: UUID) -> ResponseReturnValue:
    """Tell whether so many can be sent to now, and if not, why and what would help."""
    catalogue = access.service().catalogue
    asked = (account_id, query["recipients"], frame.context())
    return asdict(allowances.allowance_of(frame.journal(), catalogue, *asked))


@section.ask("/lots", shapes.LotsSchema, who=BOTH, scopes=MINE)
def get_lots(account_id: UUID) -> ResponseReturnValue:
    """List the lots that have credits left."""
    balance = use.balance_of(frame.journal(), account_id)
    lots = [_lot(lot_id, lot) for lot_id, lot in balance.lots.items()]
    return {"data": lots, "version": balance.version}


@section.ask(
    "/statement", shapes.StatementSchema, who=BOTH, scopes=MINE, query=PageQuery
)
def list_statement(query: dict[str, Any], account_id: UUID) -> ResponseReturnValue:
    """List what came and went, newest first."""
    frame.known(account_id)
    before = frame.before("statement", query)
    view = frame.views().credits
    found = view.credits(account_id, g.now, before=before, size=query["limit"])
    lines = [{**vars(x), "campaign_id": x.campaign} for x in found.statement.rows]
    return frame.listed("statement", found.statement, lines)


@section.tell("/holds", shapes.HeldSchema, shapes.NewHoldSchema, status=201)
def hold_credits(body: dict[str, Any], account_id: UUID) -> ResponseReturnValue:
    """Have a campaign allowed: reserve all of its credits, or none (409).

    Under the plan Unlimited nothing is reserved: contacts count once they were sent to.
    """
    if body["kind"] == "period":
        return _hold_period(body, account_id)
    command = use.HoldCredits(
        account_id=account_id,
        campaign_id=body["campaign_id"],
        credits=body["recipients"],
        term_seconds=body["term_seconds"],
    )
    recorded = use.hold_credits(frame.journal(), command, frame.context())
    hold_id = recorded.ids["hold"]
    location = url_for("api_credits.get_hold", account_id=account_id, hold_id=hold_id)
    told = {"campaign_id": command.campaign_id, "credits": command.credits}
    told |= {"kind": "credits", "recipients": command.credits}
    return frame.answered(recorded, {"hold_id": hold_id, **told}, location)


def _hold_period(body: dict[str, Any], account_id: UUID) -> ResponseReturnValue:
    command = periods.HoldPeriod(
        account_id=account_id,
        campaign_id=body["campaign_id"],
        recipients=body["recipients"],
        term_seconds=body["term_seconds"],
    )
    recorded = periods.hold_period(frame.journal(), command, frame.context())
    hold_id = recorded.ids["hold"]
    location = url_for("api_credits.get_hold", account_id=account_id, hold_id=hold_id)
    told: dict[str, Any] = {"campaign_id": command.campaign_id, "credits": 0}
    told |= {"kind": "period", "recipients": command.recipients}
    return frame.answered(recorded, {"hold_id": hold_id, **told}, location)


@section.ask(ONE, shapes.HoldSchema, who=BOTH, scopes=EITHER)
def get_hold(account_id: UUID, hold_id: UUID) -> ResponseReturnValue:
    """Tell what a hold still reserves; a closed one is not found."""
    balance = use.balance_of(frame.journal(), account_id)
    hold = balance.holds.get(hold_id)
    if hold is None or hold.is_forgotten(g.now):
        return _period_hold(account_id, hold_id)
    return {
        "hold_id": hold_id,
        "kind": "credits",
        "campaign_id": hold.campaign_id,
        "open": hold.open,
        "expires_at": hold.expires_at,
        "ended": hold.has_ended(g.now),
        "version": balance.version,
    }


def _period_hold(account_id: UUID, hold_id: UUID) -> ResponseReturnValue:
    hold, version = periods.period_hold_of(frame.journal(), account_id, hold_id)
    return {
        "hold_id": hold_id,
        "kind": "period",
        "campaign_id": hold.campaign_id,
        "open": hold.recipients,
        "expires_at": hold.expires_at,
        "ended": hold.has_ended(g.now),
        "version": version,
    }


@section.tell(f"{ONE}/captures", shapes.CapturedSchema, shapes.CaptureSchema)
def capture_credits(
    body: dict[str, Any], account_id: UUID, hold_id: UUID
) -> ResponseReturnValue:
    """Spend credits of a hold for what was sent."""
    command = use.CaptureCredits(account_id=account_id, hold_id=hold_id, **body)
    try:
        recorded = use.capture_or_note(frame.journal(), command, frame.context())
    except NoSuchHold:
        periods.period_hold_of(frame.journal(), account_id, hold_id)
        raise HoldNotCaptured(hold_id=hold_id) from None
    return frame.answered(recorded, {"hold_id": hold_id, **body})


@section.tell(
    f"{ONE}/release",
    shapes.ReleasedSchema,
    shapes.ReleaseSchema,
    body_required=False,
)
def release_hold(
    body: dict[str, Any], account_id: UUID, hold_id: UUID
) -> ResponseReturnValue:
    """Give back what a hold still reserves, and close it."""
    command = use.ReleaseHold(account_id=account_id, hold_id=hold_id)
    try:
        recorded = use.release_hold(frame.journal(), command, frame.context())
    except NoSuchHold:
        of_plan = periods.ReleasePeriodHold(account_id=account_id, hold_id=hold_id)
        recorded = periods.release_period_hold(
            frame.journal(), of_plan, frame.context()
        )
    return frame.answered(recorded, {"hold_id": hold_id})


@section.tell(
    f"{ONE}/extend",
    shapes.ExtendedSchema,
    shapes.ExtendSchema,
    body_required=False,
)
def extend_hold(
    body: dict[str, Any], account_id: UUID, hold_id: UUID
) -> ResponseReturnValue:
    """Let a hold last longer."""
    command = use.ExtendHold(account_id=account_id, hold_id=hold_id, **body)
    try:
        recorded = use.extend_hold(frame.journal(), command, frame.context())
    except NoSuchHold:
        of_plan = periods.ExtendPeriodHold(
            account_id=account_id, hold_id=hold_id, **body
        )
        recorded = periods.extend_period_hold(frame.journal(), of_plan, frame.context())
    return frame.answered(recorded, {"hold_id": hold_id})


def _too_few(refusal: InsufficientCredits) -> Response:
    """Tell what was needed, how many lack, and what would help."""
    more = allowances.more_credits(*_offers(), refusal.short)
    needed = {"needed": refusal.asked, "short": refusal.short}
    return _refused(refusal, [more], **needed)


def _too_small(refusal: TierUsedUp | RecipientsExceedTier) -> Response:
    """Tell which tier would be big enough, or until when to wait."""
    return _refused(refusal, allowances.period_remedies(*_offers(), refusal))


def _refused(
    refusal: Refusal, remedies: list[allowances.Remedy], **more: Any
) -> Response:
    told = [shapes.RemedySchema().dump(asdict(remedy)) for remedy in remedies]
    title = (type(refusal).__doc__ or "").strip()
    evidence = evidence_of(refusal) | more | {"remedies": told}
    return problem(409, title, kind=f"/problems/{name_of(refusal)}", **evidence)


def _offers() -> tuple[Catalogue, str]:
    """Return the catalogue and the account's currency."""
    catalogue = access.service().catalogue
    account_id: UUID = (request.view_args or {})["account_id"]
    account = require_account(frame.journal(), account_id)
    return catalogue, account.currency or catalogue.currencies[0]


section.part.blueprint.register_error_handler(InsufficientCredits, _too_few)
section.part.blueprint.register_error_handler(TierUsedUp, _too_small)
section.part.blueprint.register_error_handler(RecipientsExceedTier, _too_small)


def _moved_by_time(
    lots: dict[UUID, Lot], holds: dict[UUID, Hold], now: datetime
) -> int:
    """Count what time alone has changed since the stream's last event."""
    ended = sum(bool(hold.pieces) and hold.has_ended(now) for hold in holds.values())
    expired = sum(lot.has_expired(now) for lot in lots.values())
    begun = sum(lot.granted_at < lot.effective_at <= now for lot in lots.values())
    return ended + expired + begun


def _lot(lot_id: UUID, lot: Lot) -> dict[str, Any]:
    return {
        **vars(lot),
        "lot_id": lot_id,
        "free": sum(count for _, count in lot.free),
        "source": {"kind": lot.source_kind, "id": lot.source_id},
    }
