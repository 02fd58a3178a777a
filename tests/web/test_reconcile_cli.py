"""`daybook reconcile` tells figures and differences, and says so by its status."""

from __future__ import annotations

from datetime import date

import pytest

from commands.reconciliation_reports import Difference, Report
from ledger.aggregate import SYSTEM
from web import cli
from web.reconcile_cli import NOTHING_TO_ASK, _as_json, _lines

LOST = Difference(
    kind="charge",
    name="ch_lost",
    what="missing there",
    account_id=SYSTEM,
    ours_minor=1250,
    theirs_minor=None,
    currency="EUR",
)
REPORT = Report(day=date(2026, 11, 23), movements=12, settled=1, differences=[LOST])


def test_a_person_reads_figures_and_one_line_a_difference() -> None:
    head, line = _lines(REPORT)
    assert head == (
        "2026-11-23: 12 movements at Stripe, 1 were news and are recorded now,"
        " 1 differences"
    )
    assert "missing there: charge ch_lost" in line
    assert "journal 12.50 EUR, Stripe nothing" in line


def test_a_program_reads_the_same_as_json() -> None:
    assert '"ours_minor": 1250' in _as_json(REPORT)
    assert '"day": "2026-11-23"' in _as_json(REPORT)


def test_without_anybody_to_ask_the_remedy_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("STRIPE_SECRET_KEY", "DAYBOOK_PAYMENTS_URL"):
        monkeypatch.delenv(name, raising=False)
    assert cli.main(["reconcile"]) == 2
    assert NOTHING_TO_ASK in capsys.readouterr().out


def test_a_day_that_is_none_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.main(["reconcile", "--date", "yesterday"])
    assert "2026-11-23" in capsys.readouterr().err
