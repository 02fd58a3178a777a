"""Operators count contacts again, and are told by the status when it differs."""

from __future__ import annotations

import json
from uuid import uuid4

import pytest

from ledger.contacts import ContactSet
from tests.commands.conftest import clock, member
from tests.commands.subscribing import Member
from tests.commands.using import report
from web.cli import main

__all__ = ["clock", "member"]


pytestmark = pytest.mark.usefixtures("var")


def test_a_period_is_counted_again_report_by_report(
    member: Member, capsys: pytest.CaptureFixture[str]
) -> None:
    member.subscribe()
    report(member, range(9), "1")
    report(member, range(5, 20), "2")
    assert main(["recount", str(member.account_id)]) == 0
    told = capsys.readouterr().out
    assert "2 reports, 20 different contacts, 20 recorded: agrees" in told


def test_what_differs_is_named_and_is_the_status(
    member: Member,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    member.subscribe()
    report(member, range(9), "1")
    with monkeypatch.context() as patched:
        patched.setattr(ContactSet, "missing", lambda _, contacts: contacts)
        report(member, range(9), "2")
    assert main(["recount", str(member.account_id)]) == 1
    assert "counted otherwise: spring/2" in capsys.readouterr().out
    assert main(["recount", str(member.account_id), "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert (told["recorded"], told["distinct"], told["agrees"]) == (18, 9, False)


def test_an_account_without_periods_has_nothing_to_count(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["recount", str(uuid4())]) == 0
    assert "no period" in capsys.readouterr().out
