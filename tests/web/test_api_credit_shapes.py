"""Which bodies about credits are read, what they become, and what is answered."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from marshmallow import ValidationError

from ledger.holds import HOLD_TERM, HOLD_TERM_MAX
from web.api import credit_shapes
from web.api.credit_shapes import (
    AllowanceSchema,
    CapturedSchema,
    CaptureSchema,
    CreditsSchema,
    ExtendSchema,
    HoldSchema,
    LineSchema,
    LotSchema,
    NewHoldSchema,
    ReleaseSchema,
    StatementSchema,
)
from web.api.shapes import CREDITS_MAX, Shape

HOLD = {"campaign_id": "spring", "recipients": 3, "kind": "credits"}
WEEK, TERM_MAX = 7 * 86_400, int(HOLD_TERM_MAX.total_seconds())


def read(shape: type[Shape], body: Any) -> dict[str, Any]:
    found: dict[str, Any] = shape().load(body)
    return found


def refused(shape: type[Shape], body: Any) -> set[str]:
    with pytest.raises(ValidationError) as wrong:
        shape().load(body)
    assert isinstance(wrong.value.messages, dict)
    return set(wrong.value.messages)


def test_a_hold_lasts_a_week_unless_it_is_asked_for_longer() -> None:
    assert read(NewHoldSchema, HOLD)["term_seconds"] == WEEK
    assert HOLD_TERM.total_seconds() == WEEK
    longest = HOLD | {"term_seconds": TERM_MAX}
    assert read(NewHoldSchema, longest)["term_seconds"] == TERM_MAX
    assert read(ExtendSchema, {}) == {"term_seconds": WEEK}


@pytest.mark.parametrize("lacks", ["campaign_id", "recipients", "kind"])
def test_a_hold_lacks_nothing_silently(lacks: str) -> None:
    body = {name: HOLD[name] for name in HOLD if name != lacks}
    assert refused(NewHoldSchema, body) == {lacks}


@pytest.mark.parametrize(
    ("shape", "rest", "name", "most"),
    [
        (NewHoldSchema, HOLD, "recipients", CREDITS_MAX),
        (NewHoldSchema, HOLD, "term_seconds", TERM_MAX),
        (CaptureSchema, {}, "credits", CREDITS_MAX),
        (ExtendSchema, {}, "term_seconds", TERM_MAX),
    ],
    ids=["recipients", "hold's term", "credits", "term"],
)
def test_a_number_is_whole_and_between_one_and_its_most(
    shape: type[Shape], rest: dict[str, Any], name: str, most: int
) -> None:
    for fine in (1, most):
        assert read(shape, rest | {name: fine})[name] == fine
    for wrong in (0, -1, most + 1, 1.0, 1.5, True, "1", None, [1], 10**400):
        assert refused(shape, rest | {name: wrong}) == {name}


@pytest.mark.parametrize(
    "campaign",
    [
        "",
        "x" * 101,
        "a\nb",
        "a\r",
        "\x00",
        "\x7f",
        "spring\n",
        "\ud800",
        None,
        3,
        ["x"],
    ],
    ids=range(11),
)
def test_a_campaigns_name_is_one_line_of_text(campaign: Any) -> None:
    assert refused(NewHoldSchema, HOLD | {"campaign_id": campaign}) == {"campaign_id"}


@pytest.mark.parametrize(
    "campaign", ["x", "x" * 100, "Été №1 🌷", "<b>", " ", "\u202e"], ids=range(6)
)
def test_a_campaigns_name_is_kept_as_it_was_given(campaign: str) -> None:
    body = HOLD | {"campaign_id": campaign}
    assert read(NewHoldSchema, body)["campaign_id"] == campaign


@pytest.mark.parametrize("kind", ["contacts", "Credits", "", None, 0])
def test_credits_are_all_that_can_be_held(kind: Any) -> None:
    assert refused(NewHoldSchema, HOLD | {"kind": kind}) == {"kind"}


@pytest.mark.parametrize("final", ["true", "false", 2, None, "yes", []])
def test_only_true_and_false_are_truth(final: Any) -> None:
    assert refused(CaptureSchema, {"credits": 1, "final": final}) == {"final"}


def test_a_capture_leaves_the_hold_open_unless_it_is_said_to_be_the_last() -> None:
    assert read(CaptureSchema, {"credits": 1}) == {"credits": 1, "final": False}
    assert read(CaptureSchema, {"credits": 1, "final": True})["final"] is True


@pytest.mark.parametrize(
    ("shape", "fine"),
    [
        (NewHoldSchema, HOLD),
        (CaptureSchema, {"credits": 1}),
        (ReleaseSchema, {}),
        (ExtendSchema, {}),
    ],
    ids=["hold", "capture", "release", "extend"],
)
def test_a_field_that_means_nothing_is_refused(
    shape: type[Shape], fine: dict[str, Any]
) -> None:
    for name in ("account_id", "credit", "__class__", ""):
        assert refused(shape, fine | {name: 1}) == {name}
    assert refused(shape, [fine]) == {"_schema"}


def test_moments_are_answered_with_their_offset_and_ids_as_text() -> None:
    noon = datetime(2026, 11, 23, 12, tzinfo=UTC)
    told = HoldSchema().dump({
        "hold_id": UUID(int=1), "kind": "credits", "campaign_id": "spring", "open": 3,
        "expires_at": noon, "ended": False, "version": 2,
    })  # fmt: skip
    assert json.loads(json.dumps(told)) == {
        "hold_id": str(UUID(int=1)),
        "kind": "credits",
        "campaign_id": "spring",
        "open": 3,
        "expires_at": "2026-11-23T12:00:00+00:00",
        "ended": False,
        "version": 2,
    }


@pytest.mark.parametrize(
    ("shape", "nothing"),
    [
        (CreditsSchema, {"threshold"}),
        (LotSchema, {"expires_at"}),
        (CapturedSchema, {"position"}),
        (AllowanceSchema, {
            "reason", "period_id", "period_until", "tier_contacts", "counted",
        }),
        (LineSchema, {
            "source", "source_id", "label", "order_number", "net_minor", "currency",
            "expires_at", "campaign_id", "held", "released",
        }),
    ],
    ids=["credits", "lot", "captured", "allowance", "line"],
)  # fmt: skip
def test_only_what_may_be_unknown_may_be_null(
    shape: type[Shape], nothing: set[str]
) -> None:
    fields = shape().fields
    assert {name for name in fields if fields[name].allow_none} == nothing
    assert all(field.required for field in fields.values())


def test_every_figure_says_what_it_is() -> None:
    shapes = [
        kind
        for kind in vars(credit_shapes).values()
        if isinstance(kind, type) and issubclass(kind, Shape)
    ]
    assert len(shapes) > 10
    for shape in shapes:
        assert all(field.metadata["description"] for field in shape().fields.values())


def test_a_page_of_the_statement_says_whether_more_follows() -> None:
    assert {"data", "has_more", "next_cursor", "position"} <= set(
        StatementSchema().fields
    )
    assert StatementSchema.__name__ == "Statement"
