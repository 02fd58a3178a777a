"""What tests let the buyer's bank do: JSON only, so that no form can."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, jsonify, request

from web.stand_in.desk import Desk
from web.stand_in.disputes import close_dispute, dispute, fail_refund
from web.stand_in.endpoint import existing
from web.stand_in.parameters import Refused


def create_bank(desk: Desk) -> Blueprint:
    """The switches by which payments are disputed and refunds come back."""
    bank = Blueprint("bank", __name__, url_prefix="/_stand_in")

    @bank.errorhandler(Refused)
    def refused(refusal: Refused) -> tuple[Response, int]:
        return jsonify(error=str(refusal)), 400

    @bank.post("/disputes")
    def open_dispute() -> Response:
        asked = _given()
        with desk.books.change():
            charge = existing(desk, "charge", str(asked.get("charge")), "charge")
            made = dispute(desk, charge, asked.get("amount"))
        return jsonify(made)

    @bank.post("/disputes/<id>")
    def decide_dispute(id: str) -> Response:
        with desk.books.change():
            found = existing(desk, "dispute", id)
            made = close_dispute(desk, found, str(_given().get("outcome")))
        return jsonify(made)

    @bank.post("/refunds/<id>/fail")
    def fail(id: str) -> Response:
        with desk.books.change():
            made = fail_refund(desk, existing(desk, "refund", id))
        return jsonify(made)

    return bank


def _given() -> dict[str, Any]:
    found = request.get_json()
    return found if isinstance(found, dict) else {}
