"""The hosted checkout page: what is bought, a card form, the bank's question."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from urllib.parse import urlsplit

from flask import (
    Blueprint,
    Response,
    g,
    make_response,
    redirect,
    render_template,
    request,
)
from werkzeug.wrappers import Response as AnyResponse

from web.stand_in import cards, words
from web.stand_in.books import Object
from web.stand_in.desk import AUTHENTICATION_FAILED, Desk
from web.stand_in.parameters import Refused, email
from web.stand_in.saved_cards import invoice_page

FIELDS = ("email", "number", "expiry", "cvc", "name")


@dataclass(frozen=True)
class Filled:
    """The form as it was posted, and what is wrong with it."""

    values: dict[str, str]
    errors: dict[str, str]


def create_page(desk: Desk) -> Blueprint:
    """The pages under `/c/pay/<session>`, usable without JavaScript."""
    page = Blueprint("page", __name__, url_prefix="/c/pay")
    for rule, view, method in (
        ("/<id>", show, "GET"),
        ("/<id>", pay, "POST"),
        ("/<id>/3ds", ask_bank, "GET"),
        ("/<id>/3ds", answer_bank, "POST"),
    ):
        named = f"{view.__name__}"
        page.add_url_rule(rule, named, partial(view, desk), methods=[method])
    return page


def create_invoices(desk: Desk) -> Blueprint:
    """The pages under `/i/<invoice>`, where an invoice is paid by hand."""
    invoices = Blueprint("invoices", __name__, url_prefix="/i")

    @invoices.get("/<id>")
    def pay_invoice(id: str) -> AnyResponse:
        invoice = desk.books.get("invoice", id)
        if invoice is None or invoice["status"] != "open":
            return _paid(invoice)
        return redirect(str(invoice_page(desk, invoice)["url"]), 303)

    @invoices.get("/<id>/paid")
    def paid_invoice(id: str) -> AnyResponse:
        return _paid(desk.books.get("invoice", id))

    return invoices


def _paid(invoice: Object | None) -> Response:
    if invoice is None or invoice["status"] != "paid":
        return closed(None)
    return closed(
        {
            "id": invoice["id"],
            "status": "complete",
            "amount_total": invoice["total"],
            "currency": invoice["currency"],
            "success_url": "",
            "cancel_url": "",
        }
    )


def show(desk: Desk, id: str) -> AnyResponse:
    session = desk.session(id)
    if session is None or session["status"] != "open":
        return closed(session)
    return form(desk, session, Filled({}, {}))


def pay(desk: Desk, id: str) -> AnyResponse:
    with desk.books.change():
        session = desk.session(id)
        if session is None or session["status"] != "open":
            return closed(session)
        filled = _filled(desk, session)
        if filled.errors:
            return form(desk, session, filled, status=422)
        return _tried(desk, session, filled)


def ask_bank(desk: Desk, id: str) -> AnyResponse:
    session = desk.session(id)
    if session is None or session["status"] != "open":
        return closed(session)
    waits = desk.note_of(session)["waits_for"]
    if waits is None:
        return redirect(f"/c/pay/{id}", 303)
    return _rendered("secure.html", session, last4=waits["number"][-4:])


def answer_bank(desk: Desk, id: str) -> AnyResponse:
    with desk.books.change():
        session = desk.session(id)
        if session is None or session["status"] != "open":
            return closed(session)
        waits = desk.note_of(session)["waits_for"]
        if waits is None:
            return redirect(f"/c/pay/{id}", 303)
        desk.request = {"id": None, "idempotency_key": None}
        if request.form.get("outcome") != "complete":
            desk.fail_3d_secure(session)
            return _declined(desk, session, waits["payer"], AUTHENTICATION_FAILED)
        card, expiry = cards.card_of(waits["number"]), tuple(waits["expiry"])
        paid = desk.attempt(session, waits["payer"], card, expiry, secured=True)
        return _after(desk, paid, waits["payer"], card)


def _tried(desk: Desk, session: Object, filled: Filled) -> AnyResponse:
    desk.request = {"id": None, "idempotency_key": None}
    card = cards.card_of(cards.digits(filled.values["number"]))
    expiry = cards.expiry_of(filled.values["expiry"])
    assert expiry is not None
    payer = {"email": filled.values["email"], "name": filled.values["name"]}
    if card.asks_3d_secure:
        desk.ask_3d_secure(session, payer, card, expiry)
        return redirect(f"/c/pay/{session['id']}/3ds", 303)
    paid = desk.attempt(session, payer, card, expiry)
    return _after(desk, paid, payer, card)


def _after(
    desk: Desk, session: Object, payer: dict[str, str], card: cards.Card
) -> AnyResponse:
    if session["status"] == "complete":
        return redirect(_address(session, "success_url"), 303)
    return _declined(desk, session, payer, card.decline_code)


def _declined(
    desk: Desk, session: Object, payer: dict[str, str], code: str | None
) -> AnyResponse:
    """The form again, without the card that did not pay."""
    message = words.decline_message(code, _language(session))
    return form(desk, session, Filled(payer, {}), status=402, declined=message)


def form(
    desk: Desk,
    session: Object,
    filled: Filled,
    *,
    status: int = 200,
    declined: str | None = None,
) -> Response:
    """The card form, with what was typed and what is wrong."""
    return _rendered(
        "checkout.html",
        session,
        status=status,
        lines=desk.note_of(session)["lines"],
        interval=desk.note_of(session).get("interval"),
        known_email=_known_email(desk, session),
        values=filled.values,
        errors=filled.errors,
        declined=declined,
        shown=[(" ".join(_groups(number)), does) for number, does in cards.SHOWN],
    )


def closed(session: Object | None) -> Response:
    """Nothing to pay here: paid already, expired, or never there."""
    state = session["status"] if session else "gone"
    status = {"complete": 200, "expired": 410, "gone": 404}[state]
    return _rendered("closed.html", session or {}, status=status, state=state)


def _filled(desk: Desk, session: Object) -> Filled:
    values = {name: request.form.get(name, "").strip()[:200] for name in FIELDS}
    values["email"] = _known_email(desk, session) or values["email"]
    number, expiry = cards.digits(values["number"]), cards.expiry_of(values["expiry"])
    cvc = values["cvc"]
    past = expiry is not None and cards.is_past(expiry, desk.books.now())
    wrong = {
        "email": "bad_email" if not _is_email(values["email"]) else None,
        "number": None if cards.well_formed(number) else "bad_number",
        "expiry": "bad_expiry" if expiry is None else "past_expiry" if past else None,
        "cvc": None if cvc.isdecimal() and len(cvc) in (3, 4) else "bad_cvc",
        "name": None if values["name"] else "bad_name",
    }
    language = _language(session)
    said = {key: words.word(fault, language) for key, fault in wrong.items() if fault}
    return Filled(values, said)


def _is_email(value: str) -> bool:
    try:
        return bool(email("email", value))
    except Refused:
        return False


def _known_email(desk: Desk, session: Object) -> str | None:
    customer = desk.books.get("customer", session["customer"] or "")
    known = customer["email"] if customer else session["customer_email"]
    return str(known) if known else None


def _rendered(
    template: str, session: Object, *, status: int = 200, **values: object
) -> Response:
    language = _language(session)
    currency = session.get("currency") or "eur"
    page = render_template(
        template,
        language=language,
        session=session,
        word=partial(words.word, language=language),
        money=lambda minor: words.money(minor or 0, currency, language),
        back=_address(session, "success_url") if session else "",
        cancel=_address(session, "cancel_url") if session else "",
        host=urlsplit(session["success_url"]).netloc if session else "",
        **values,
    )
    answer = make_response(page, status)
    if session and session["success_url"]:
        where = urlsplit(session["success_url"])
        g.form_target = f"{where.scheme}://{where.netloc}"
    return answer


def _address(session: Object, which: str) -> str:
    address = session[which] or ""
    return str(address.replace("{CHECKOUT_SESSION_ID}", session["id"]))


def _language(session: Object) -> str:
    locale = session.get("locale") or "auto"
    if locale == "auto":
        return words.spoken(request.accept_languages.values())
    return "fr" if locale.startswith("fr") else "en"


def _groups(number: str) -> list[str]:
    return [number[i : i + 4] for i in range(0, len(number), 4)]
